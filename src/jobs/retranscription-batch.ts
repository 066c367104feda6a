import type { SarvamAIClient } from "sarvamai";
import { z } from "zod";
import { deadline } from "../kit/clock.ts";
import { ProviderError } from "../kit/provider-error.ts";

/** `running`: ask again later. `failed`: this job gives nothing any more. Times are ms from the recording's beginning. */
export type TranscriptionState =
  | { readonly kind: "running" }
  | { readonly kind: "failed"; readonly why: string }
  | {
      readonly kind: "done";
      readonly language: string;
      readonly lines: readonly {
        readonly speaker: string;
        readonly text: string;
        readonly fromMs: number;
        readonly toMs: number;
      }[];
    };

/** Transcribes recordings in its own time. */
export interface Transcriber {
  readonly transcriptionModel: string;
  /** Hands over a WAV file of two speakers, named for its call; resolves with the name of the job that has been started. */
  startTranscription(file: string, sound: Blob): Promise<string>;
  transcription(job: string): Promise<TranscriptionState>;
}

type Ask = <T>(answer: Promise<unknown>, schema: z.ZodType<T>) => Promise<T>;

const MODEL = "saaras:v3";
/** A second for each MB beside so much in any case. */
const PATIENCE_MS = 30_000;
const PATIENCE_MS_PER_BYTE = 1 / 1000;

/** Sarvam's batch speech-to-text, in its five steps. `ask` checks what its REST answers, and tells its failures. */
export function batchTranscription(client: SarvamAIClient["speechToTextJob"], ask: Ask): Transcriber {
  return {
    transcriptionModel: MODEL,
    async startTranscription(file, sound) {
      // Callers change their language in mid-call; two legs are what we have recorded.
      const wanted = {
        model: MODEL,
        mode: "transcribe",
        language_code: "unknown",
        with_diarization: true,
        num_speakers: 2,
      } as const;
      const { job_id } = await ask(client.initialise({ job_parameters: wanted }), startedSchema);
      const upload = await ask(client.getUploadLinks({ job_id, files: [file] }), uploadSchema);
      const azure = upload.storage_container_type?.startsWith("Azure") ?? false;
      await transfer(linkTo(upload.upload_urls, file), {
        method: "PUT",
        body: sound,
        headers: azure ? { "x-ms-blob-type": "BlockBlob" } : {},
        signal: deadline(Math.ceil(PATIENCE_MS + sound.size * PATIENCE_MS_PER_BYTE)),
      });
      await ask(client.start(job_id), startedSchema);
      return job_id;
    },
    async transcription(job_id) {
      const status = await ask(client.getStatus(job_id), statusSchema);
      if (["Accepted", "Pending", "Running"].includes(status.job_state)) return { kind: "running" };
      const [detail] = status.job_details ?? [];
      const output = detail?.outputs?.[0]?.file_name;
      if (output === undefined) return { kind: "failed", why: `Sarvam says: ${complaint(status)}` };
      const download = await ask(client.getDownloadLinks({ job_id, files: [output] }), downloadSchema);
      const link = linkTo(download.download_urls, output);
      return { kind: "done", ...told(await transfer(link, { signal: deadline(PATIENCE_MS) })) };
    },
  };
}

const startedSchema = z.object({ job_id: z.string().min(1) });
const links = z.record(z.string(), z.object({ file_url: z.url() }));
const uploadSchema = z.object({ upload_urls: links, storage_container_type: z.string().nullish() });
const downloadSchema = z.object({ download_urls: links });
const statusSchema = z.object({
  job_state: z.string(),
  error_message: z.string().nullish(),
  job_details: z
    .array(
      z.object({
        outputs: z.array(z.object({ file_name: z.string() })).nullish(),
        state: z.string().nullish(),
        error_message: z.string().nullish(),
      }),
    )
    .nullish(),
});

const complaint = ({ job_state, error_message, job_details }: z.output<typeof statusSchema>): string =>
  [job_state, job_details?.[0]?.state, error_message || job_details?.[0]?.error_message]
    .filter((part) => part)
    .join(", ")
    .slice(0, 300);

function linkTo(urls: z.output<typeof links>, file: string): string {
  const url = urls[file]?.file_url;
  if (url === undefined) throw new ProviderError("sarvam-rest", "Sarvam gave no link to a file", true);
  return url;
}

/** What is answered. The links hold a secret each: they are not told of. */
async function transfer(url: string, request: RequestInit): Promise<string> {
  let answer: Response;
  let text: string;
  try {
    answer = await fetch(url, request);
    text = await answer.text();
  } catch (error) {
    throw new ProviderError("sarvam-rest", "the storage of Sarvam's batch jobs does not answer", true, error);
  }
  if (answer.ok) return text;
  const message = `the storage of Sarvam's batch jobs answered ${answer.status}`;
  throw new ProviderError("sarvam-rest", message, answer.status >= 500);
}

const seconds = z.number().min(0);
const resultSchema = z.object({
  transcript: z.string().nullish(),
  language_code: z.string().nullish(),
  diarized_transcript: z
    .object({
      entries: z.array(
        z.object({
          transcript: z.string(),
          start_time_seconds: seconds,
          end_time_seconds: seconds,
          speaker_id: z.coerce.string().nullish(),
        }),
      ),
    })
    .nullish(),
});

function told(text: string): Pick<TranscriptionState & { readonly kind: "done" }, "language" | "lines"> {
  let result: z.output<typeof resultSchema>;
  try {
    result = resultSchema.parse(JSON.parse(text));
  } catch {
    throw new ProviderError("sarvam-rest", "Sarvam's transcript makes no sense", true);
  }
  const { transcript, language_code, diarized_transcript: diarized } = result;
  const whole = transcript?.trim() ? [{ speaker: "", text: transcript.trim(), fromMs: 0, toMs: 0 }] : [];
  const lines = diarized?.entries.map((entry) => ({
    speaker: entry.speaker_id ?? "",
    text: entry.transcript.trim(),
    fromMs: Math.round(entry.start_time_seconds * 1000),
    toMs: Math.round(entry.end_time_seconds * 1000),
  }));
  return { language: language_code ?? "", lines: lines?.length ? lines : whole };
}
