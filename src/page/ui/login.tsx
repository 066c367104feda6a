import { useSignal } from "@preact/signals";
import { reasonOf } from "./api.ts";
import { logIn } from "./who.ts";

/** Asks for a key of `API_KEYS`. It is sent once, and kept nowhere in the page. */
export function Login() {
  const refused = useSignal("");
  const busy = useSignal(false);
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const key = String(new FormData(form).get("key") ?? "").trim();
    busy.value = true;
    refused.value = "";
    try {
      await logIn(key);
    } catch (error) {
      refused.value = reasonOf(error);
      form.reset();
    } finally {
      busy.value = false;
    }
  };
  return (
    <main class="login card stack" id="main">
      <div class="brand">
        <img src="/favicon.svg" alt="" />
        Durvani
      </div>
      <h1>Log in</h1>
      <form class="stack" onSubmit={submit}>
        <label>
          API key
          <input name="key" type="password" autocomplete="current-password" required aria-describedby="login-help" />
        </label>
        <p id="login-help">
          <small>One of the keys whose names and hashes stand in API_KEYS.</small>
        </p>
        <p role="alert" class="bad">
          {refused}
        </p>
        <button class="primary" type="submit" disabled={busy}>
          Log in
        </button>
      </form>
    </main>
  );
}
