import { type FileHandle, open } from "node:fs/promises";
import { wavHeader } from "../audio/wav.ts";
import type { Stereo } from "./stereo.ts";

/** Writes the sound as a WAV file, readable by us alone, and puts it on the disk. How many bytes of sound; for 0 there is no file. */
export async function writeWav(path: string, sound: AsyncIterable<Stereo>): Promise<number> {
  let file: FileHandle | undefined;
  let bytes = 0;
  let rate = 0;
  try {
    for await (const piece of sound) {
      rate = piece.rate;
      file ??= await begun(path, rate);
      await file.appendFile(piece.pcm);
      bytes += piece.pcm.length;
    }
    const header = file && wavHeader(2, rate, bytes);
    if (header) await file?.write(header, 0, header.length, 0);
    await file?.datasync();
  } finally {
    await file?.close();
  }
  return bytes;
}

/** With room for the header, whose lengths are known at the end. */
async function begun(path: string, rate: number): Promise<FileHandle> {
  const file = await open(path, "wx", 0o600);
  await file.appendFile(wavHeader(2, rate, 0));
  return file;
}
