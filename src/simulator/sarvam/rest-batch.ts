import { isObject, type JsonObject } from "./channel.ts";
import { requestId } from "./context.ts";
import { type RestCall, restError, restJson } from "./rest-reply.ts";
import { hearFile } from "./rest-speech.ts";
import { readWav } from "./samples.ts";

type Job = {
  readonly id: string;
  readonly parameters: JsonObject;
  readonly files: Map<string, Buffer | undefined>;
  readonly results: Map<string, string>;
  state: "Accepted" | "Pending" | "Running" | "Completed" | "PartiallyCompleted" | "Failed";
};

const MAX_FILES = 20;
const MAX_SPEAKERS = 20;
const MODELS = ["saaras:v3", "saaras:v4"];
const BLOBS = "/__blobs/";

/** The five steps of a batch transcription, kept in memory. A started job runs for one look at its status, then is complete. */
export class BatchJobs {
  readonly #jobs = new Map<string, Job>();

  /** Whether the path is one for `serveBlob`, which needs no key: its URL was handed out. */
  static isBlob(path: string): boolean {
    return path.startsWith(BLOBS);
  }

  /** `rest` is the path after `/speech-to-text/job/v1`. */
  serve(call: RestCall, rest: string): void {
    const step = `${call.method} ${rest.replace(/^\/(?!upload-files|download-files)[^/]+/, "/:id")}`;
    const job = this.#jobs.get(String(call.json?.["job_id"] ?? rest.split("/")[1] ?? ""));
    if (step === "POST ") return this.#create(call);
    if (!job) return restError(call.response, 404, "not_found_error", "No such job", requestId(call.context));
    switch (step) {
      case "POST /upload-files":
        return this.#uploads(call, job);
      case "POST /:id/start":
        return this.#start(call, job);
      case "GET /:id/status":
        return this.#status(call, job);
      case "POST /download-files":
        return this.#downloads(call, job);
      default:
        return restError(call.response, 404, "not_found_error", "No such route", requestId(call.context));
    }
  }

  /** Takes an upload, gives a download. */
  serveBlob({ method, path, body, response }: RestCall): void {
    const [id = "", name = ""] = path.slice(BLOBS.length).split("/").map(decodeURIComponent);
    const job = this.#jobs.get(id);
    if (job && method === "PUT" && job.files.has(name)) {
      job.files.set(name, body);
      response.writeHead(201).end();
      return;
    }
    const result = job?.results.get(name);
    if (method !== "GET" || result === undefined) return restError(response, 404, "not_found_error", "No such file");
    response.writeHead(200, { "content-type": "application/json" }).end(result);
  }

  #create(call: RestCall): void {
    const parameters = call.json?.["job_parameters"];
    const id = requestId(call.context);
    const problem = wrongParameters(isObject(parameters) ? parameters : {});
    if (problem) return restError(call.response, 400, "invalid_request_error", problem, id);
    const job: Job = {
      id,
      parameters: isObject(parameters) ? parameters : {},
      files: new Map(),
      results: new Map(),
      state: "Accepted",
    };
    this.#jobs.set(id, job);
    restJson(call.response, 202, {
      job_id: id,
      storage_container_type: "Azure",
      job_parameters: job.parameters,
      job_state: job.state,
    });
  }

  #uploads(call: RestCall, job: Job): void {
    const names = Array.isArray(call.json?.["files"]) ? call.json["files"].map(String) : [];
    if (names.length === 0 || names.length + job.files.size > MAX_FILES) {
      return restError(call.response, 400, "invalid_request_error", `1 to ${MAX_FILES} files`, requestId(call.context));
    }
    for (const name of names) job.files.set(name, undefined);
    restJson(call.response, 200, { ...shown(job), upload_urls: links(call, job, names) });
  }

  #start(call: RestCall, job: Job): void {
    const { faults } = call.context;
    job.state = "Pending";
    for (const [number, [name, bytes]] of [...job.files].entries())
      if (bytes && faults.batch !== "failed") job.results.set(`${number}.json`, result(call, job, bytes, name));
    restJson(call.response, 200, shown(job));
  }

  #status(call: RestCall, job: Job): void {
    if (job.state === "Running" && call.context.faults.batch !== "stuck") job.state = outcome(job);
    if (job.state === "Pending") job.state = "Running";
    const details = [...job.files].map(([name, bytes], number) => {
      const done = job.results.has(`${number}.json`);
      return {
        inputs: [{ file_name: name, file_id: String(number) }],
        outputs: done ? [{ file_name: `${number}.json`, file_id: String(number) }] : [],
        state: done ? "Success" : bytes ? "Internal Server Error" : "API Error",
        error_message: done ? "" : bytes ? "The file could not be transcribed" : "The file was never uploaded",
      };
    });
    const ran = job.state !== "Running" && job.state !== "Accepted";
    restJson(call.response, 200, {
      ...shown(job),
      total_files: job.files.size,
      successful_files_count: ran ? job.results.size : 0,
      failed_files_count: ran ? job.files.size - job.results.size : 0,
      job_details: ran ? details : [],
    });
  }

  #downloads(call: RestCall, job: Job): void {
    const names = Array.isArray(call.json?.["files"]) ? call.json["files"].map(String) : [];
    const missing = names.find((name) => !job.results.has(name));
    if (missing) return restError(call.response, 404, "not_found_error", `No file ${missing}`, requestId(call.context));
    restJson(call.response, 200, { ...shown(job), download_urls: links(call, job, names) });
  }
}

const shown = ({ id, state, parameters }: Job): object => ({
  job_id: id,
  job_state: state,
  job_parameters: parameters,
  storage_container_type: "Azure",
});

function links({ origin }: RestCall, { id }: Job, names: readonly string[]): object {
  const link = (name: string): object => ({
    file_url: `${origin}${BLOBS}${encodeURIComponent(id)}/${encodeURIComponent(name)}`,
    file_metadata: null,
  });
  return Object.fromEntries(names.map((name) => [name, link(name)]));
}

const outcome = ({ files, results }: Job): Job["state"] => {
  if (results.size === 0) return "Failed";
  return results.size < files.size ? "PartiallyCompleted" : "Completed";
};

function wrongParameters(parameters: JsonObject): string | undefined {
  const { model = "saaras:v3", num_speakers: speakers } = parameters;
  if (!MODELS.includes(String(model))) return `Model ${String(model)} is not available`;
  if (speakers === undefined) return undefined;
  if (parameters["with_diarization"] !== true) return "num_speakers needs with_diarization";
  const fits = Number.isInteger(speakers) && Number(speakers) >= 1 && Number(speakers) <= MAX_SPEAKERS;
  return fits ? undefined : `num_speakers must be 1 to ${MAX_SPEAKERS}`;
}

/** The file of a result. Who speaks is told apart by the legs of the recording, which a real ear tells by their voices. */
function result(call: RestCall, { parameters }: Job, bytes: Buffer, name: string): string {
  const wanted = String(parameters["language_code"] ?? "unknown");
  const heard = legs(bytes)
    .flatMap((leg, speaker) => hearFile(call, leg, wanted).utterances.map((said) => ({ ...said, speaker })))
    .sort((a, b) => a.from - b.from);
  const entries = heard.map(({ text, from, to, speaker }) => ({
    transcript: text,
    start_time_seconds: from,
    end_time_seconds: to,
    speaker_id: String(speaker),
  }));
  return JSON.stringify({
    request_id: requestId(call.context),
    file_name: name,
    transcript: heard.map(({ text }) => text).join(" "),
    timestamps: null,
    diarized_transcript: parameters["with_diarization"] === true ? { entries } : null,
    language_code: heard.at(-1)?.language ?? wanted,
  });
}

/** The samples of each channel of a WAV file of 16 bits, or of headerless PCM at 16 kHz. */
function legs(bytes: Buffer): readonly { readonly rate: number; readonly samples: Buffer }[] {
  const wav = readWav(bytes);
  if (!wav) return [{ rate: 16_000, samples: bytes }];
  const { rate, samples } = wav;
  const channels = bytes.readUInt16LE(22);
  return Array.from({ length: channels }, (_, channel) => {
    const frames = Math.floor(samples.length / 2 / channels);
    const leg = Buffer.alloc(frames * 2);
    for (let at = 0; at < frames; at += 1) leg.writeInt16LE(samples.readInt16LE((at * channels + channel) * 2), at * 2);
    return { rate, samples: leg };
  });
}
