import { isObject, type JsonObject } from "./channel.ts";
import { requestId } from "./context.ts";
import { type RestCall, restError, restJson } from "./rest-reply.ts";
import { transcribeFile } from "./rest-speech.ts";

type Job = {
  readonly id: string;
  readonly parameters: JsonObject;
  readonly files: Map<string, Buffer | undefined>;
  readonly results: Map<string, string>;
  state: "Accepted" | "Pending" | "Running" | "Completed";
};

const MAX_FILES = 20;
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
    job.state = "Pending";
    let number = 0;
    for (const [name, bytes] of job.files) {
      if (bytes) job.results.set(`${number}.json`, JSON.stringify(this.#result(call, job, bytes, name)));
      number += 1;
    }
    restJson(call.response, 200, shown(job));
  }

  #result(call: RestCall, job: Job, bytes: Buffer, name: string): object {
    const language = String(job.parameters["language_code"] ?? "unknown");
    const { text, language: found, seconds } = transcribeFile(call, bytes, language);
    const entry = { transcript: text, start_time_seconds: 0, end_time_seconds: seconds, speaker_id: "0" };
    return {
      request_id: requestId(call.context),
      file_name: name,
      transcript: text,
      timestamps: null,
      diarized_transcript: job.parameters["with_diarization"] === true ? { entries: [entry] } : null,
      language_code: found,
    };
  }

  #status(call: RestCall, job: Job): void {
    if (job.state === "Running") job.state = "Completed";
    if (job.state === "Pending") job.state = "Running";
    const details = [...job.files.keys()].map((name, number) => {
      const done = job.results.has(`${number}.json`);
      return {
        inputs: [{ file_name: name, file_id: String(number) }],
        outputs: done ? [{ file_name: `${number}.json`, file_id: String(number) }] : [],
        state: done ? "Success" : "API Error",
        error_message: done ? "" : "The file was never uploaded",
      };
    });
    const ran = job.state === "Completed";
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
