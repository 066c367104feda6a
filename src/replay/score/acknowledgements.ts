/**
 * Words by which a caller says "I am listening" and no more, in the languages spoken here, in their own scripts and in Latin
 * letters. A measuring stick for scores, not a policy: it is small on purpose, and labels overrule it.
 */
const ACKNOWLEDGEMENTS = new Set(
  [
    "हाँ हां हा हम्म हूँ हूं हं जी अच्छा ठीक है सही ओके ओह", // Hindi
    "हो होय बरं आहे", // Marathi, and what Hindi has
    "হ্যাঁ হাঁ হুঁ হুম আচ্ছা ঠিক আছে জি ওকে", // Bengali
    "ஆமா ஆமாம் ஆம் சரி ம் ம்ம் ஹ்ம் ஹ்ம்ம் ஓகே", // Tamil
    "అవును సరే ఆ ఆఁ హా ఊ ఊఁ హ్మ్ అలాగే ఓకే", // Telugu
    "ಹೌದು ಸರಿ ಹಾ ಹಾಂ ಹೂಂ ಹ್ಞೂಂ ಆಯ್ತು ಓಕೆ", // Kannada
    "അതെ ശരി ഉം ആ ഹാ മ് ഓകെ ഓക്കെ", // Malayalam
    "હા હાં હં હમ્મ જી સારું બરાબર ઠીક છે અચ્છા ઓકે", // Gujarati
    "ਹਾਂ ਹਾਂਜੀ ਹੂੰ ਜੀ ਅੱਛਾ ਠੀਕ ਹੈ ਓਕੇ", // Punjabi
    "ହଁ ହୁଁ ହଉ ଆଜ୍ଞା ଠିକ ଠିକ୍ ଅଛି ଆଚ୍ଛା ଓକେ", // Odia
    "yes yeah yep ok okay right alright sure fine oh ah aha uh huh hm hmm mm mhm", // English
    "haan han haa ha haanji ji achha acha accha theek thik hai hoy avunu sare aama aamaa sari seri houdu athe",
    "cough",
  ].flatMap((words) => words.normalize("NFC").split(" ")),
);

/** True for words that only acknowledge ("हाँ जी", "okay"); false for others, and where there are none at all. */
export function isAcknowledgement(text: string): boolean {
  const words =
    text
      .normalize("NFC")
      .toLowerCase()
      .match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
  return words.length > 0 && words.every((word) => ACKNOWLEDGEMENTS.has(word));
}
