import { type Story, startStory } from "../calls/story.ts";
import { freePort } from "../servers.ts";

/** A gateway that is its own public address, so that pages, sockets and links all are of one origin. */
export async function startPages(options: NonNullable<Parameters<typeof startStory>[0]> = {}): Promise<Story> {
  const port = await freePort();
  const env = { PORT: String(port), PUBLIC_URL: `http://127.0.0.1:${port}`, ...options.env };
  return startStory({ ...options, env });
}
