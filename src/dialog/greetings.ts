import type { Language } from "../record/record.ts";

/** What an agent says first where nobody has told it what to say. */
export const GREETINGS: Readonly<Record<Language, string>> = {
  "hi-IN": "नमस्ते! बताइए, आपकी क्या मदद की जाए?",
  "en-IN": "Hello! How may I help you today?",
  "bn-IN": "নমস্কার! বলুন, আপনাকে কীভাবে সাহায্য করতে পারি?",
  "ta-IN": "வணக்கம்! சொல்லுங்கள், உங்களுக்கு எப்படி உதவலாம்?",
  "te-IN": "నమస్కారం! చెప్పండి, మీకు ఎలా సహాయం చేయగలను?",
  "kn-IN": "ನಮಸ್ಕಾರ! ಹೇಳಿ, ನಿಮಗೆ ಹೇಗೆ ಸಹಾಯ ಮಾಡಲಿ?",
  "ml-IN": "നമസ്കാരം! പറയൂ, എങ്ങനെ സഹായിക്കണം?",
  "mr-IN": "नमस्कार! सांगा, आपली काय मदत करू?",
  "gu-IN": "નમસ્તે! કહો, તમને કેવી રીતે મદદ કરું?",
  "pa-IN": "ਸਤਿ ਸ੍ਰੀ ਅਕਾਲ! ਦੱਸੋ, ਤੁਹਾਡੀ ਕੀ ਮਦਦ ਕਰੀਏ?",
  "od-IN": "ନମସ୍କାର! କୁହନ୍ତୁ, ଆପଣଙ୍କୁ କିପରି ସାହାଯ୍ୟ କରିପାରିବି?",
};
