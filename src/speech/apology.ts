import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { AudioFormat } from "../audio/format.ts";
import { decodeMulaw, encodeMulaw } from "../audio/g711.ts";
import { Resampler } from "../audio/resample.ts";
import type { Language } from "../record/record.ts";

/** "Sorry, we have a technical problem; please call again later. Goodbye." The recordings in `apology/` say these words. */
const WORDS: Readonly<Record<Language, string>> = {
  "hi-IN": "क्षमा कीजिए, अभी तकनीकी समस्या है। कृपया थोड़ी देर बाद फिर फ़ोन करें। नमस्ते।",
  "en-IN": "Sorry, we have a technical problem. Please call again later. Goodbye.",
  "bn-IN": "দুঃখিত, প্রযুক্তিগত সমস্যা হচ্ছে। অনুগ্রহ করে পরে আবার ফোন করুন। নমস্কার।",
  "ta-IN": "மன்னிக்கவும், தொழில்நுட்பக் கோளாறு ஏற்பட்டுள்ளது. தயவுசெய்து பிறகு மீண்டும் அழைக்கவும். வணக்கம்.",
  "te-IN": "క్షమించండి, సాంకేతిక సమస్య వచ్చింది. దయచేసి తర్వాత మళ్ళీ కాల్ చేయండి. నమస్కారం.",
  "kn-IN": "ಕ್ಷಮಿಸಿ, ತಾಂತ್ರಿಕ ತೊಂದರೆ ಉಂಟಾಗಿದೆ. ದಯವಿಟ್ಟು ನಂತರ ಮತ್ತೆ ಕರೆ ಮಾಡಿ. ನಮಸ್ಕಾರ.",
  "ml-IN": "ക്ഷമിക്കണം, സാങ്കേതിക തകരാറുണ്ട്. ദയവായി അൽപ്പം കഴിഞ്ഞ് വീണ്ടും വിളിക്കുക. നമസ്കാരം.",
  "mr-IN": "क्षमस्व, सध्या तांत्रिक अडचण आहे. कृपया थोड्या वेळाने पुन्हा फोन करा. नमस्कार.",
  "gu-IN": "માફ કરશો, ટેકનિકલ સમસ્યા છે. કૃપા કરીને પછીથી ફરી ફોન કરો. નમસ્તે.",
  "pa-IN": "ਮਾਫ਼ ਕਰਨਾ, ਤਕਨੀਕੀ ਸਮੱਸਿਆ ਹੈ। ਕਿਰਪਾ ਕਰਕੇ ਬਾਅਦ ਵਿੱਚ ਫਿਰ ਫ਼ੋਨ ਕਰੋ। ਸਤਿ ਸ੍ਰੀ ਅਕਾਲ।",
  "od-IN": "କ୍ଷମା କରିବେ, ବୈଷୟିକ ସମସ୍ୟା ହେଉଛି। ଦୟାକରି ପରେ ପୁଣି ଫୋନ କରନ୍ତୁ। ନମସ୍କାର।",
};

/** What the recording says, for the transcript. */
export const apologyText = (language: Language): string => WORDS[language];

/** Converted recordings: when the provider is down, every call wants the same one at the same time. */
const ready = new Map<string, Buffer>();

/**
 * The recorded apology as headerless audio in the line's format, at most 6 s: what is played when nothing can speak. The buffer
 * is shared: do not write to it. Throws where the recordings were not installed beside this file.
 */
export function apologyAudio(language: Language, format: AudioFormat): Buffer {
  const name = `${language} ${format.encoding} ${format.rate}`;
  const known = ready.get(name);
  if (known) return known;
  const audio = convert(readFileSync(join(import.meta.dirname, "apology", `${language}.ulaw`)), format);
  ready.set(name, audio);
  return audio;
}

/** From µ-law at 8 kHz, as the recordings are kept. */
function convert(recording: Buffer, { encoding, rate }: AudioFormat): Buffer {
  if (encoding === "mulaw" && rate === 8000) return recording;
  const slow = decodeMulaw(recording);
  const pcm = rate === 8000 ? slow : new Resampler(8000, rate).push(slow);
  return encoding === "mulaw" ? encodeMulaw(pcm) : pcm;
}
