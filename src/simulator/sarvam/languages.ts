const CORE = ["en-IN", "hi-IN", "bn-IN", "gu-IN", "kn-IN", "ml-IN", "mr-IN", "pa-IN", "ta-IN", "te-IN"];
const MORE = ["as", "ur", "ne", "kok", "ks", "sd", "sa", "sat", "mni", "brx", "mai", "doi"].map((code) => `${code}-IN`);

/** Odia is `od-IN` here and `or-IN` on the realtime socket. */
export const STREAMING_LANGUAGES: readonly string[] = ["unknown", "od-IN", ...CORE, ...MORE];
export const REALTIME_LANGUAGES: readonly string[] = ["auto", "or-IN", ...CORE, ...MORE];
export const SPEECH_LANGUAGES: readonly string[] = ["od-IN", ...CORE];
export const STT_MODES: readonly string[] = ["transcribe", "translate", "verbatim", "translit", "codemix"];
