import "./keypad.css";

const KEYS = [
  ["1", ""],
  ["2", "ABC"],
  ["3", "DEF"],
  ["4", "GHI"],
  ["5", "JKL"],
  ["6", "MNO"],
  ["7", "PQRS"],
  ["8", "TUV"],
  ["9", "WXYZ"],
  ["*", ""],
  ["0", ""],
  ["#", ""],
] as const;
const NAMES: Readonly<Record<string, string>> = { "*": "star", "#": "hash" };

type KeypadProps = { readonly press: (key: string) => void; readonly locked?: boolean };

/** A telephone's keys. */
export const Keypad = ({ press, locked = false }: KeypadProps) => (
  <fieldset class="keypad" disabled={locked}>
    <legend class="unseen">Keypad</legend>
    {KEYS.map(([key, letters]) => (
      <button key={key} type="button" aria-label={NAMES[key]} onClick={() => press(key)}>
        <span>{key}</span>
        <small aria-hidden="true">{letters}</small>
      </button>
    ))}
  </fieldset>
);
