/**
 * What recordings say to somebody who calls, and what only people say: as recognisers write it, in each language's own script,
 * in Latin letters, and English in other scripts.
 *
 * Small letters, no punctuation. `(a|b)` is either, `x?` is x or nothing, and `…` stands for up to twelve words. A phrase begins
 * where a word does, but may end within one: most of these languages put their endings there.
 */

/** How a recording names whom was called. People say "he", "sir", or a name. */
export const CALLED = [
  "(number|person|subscriber|customer|party|user) (that )?you( are| have| re| ve)? (dial|call|try|trying to (reach|call|contact))",
  "dial(l)?ed number",
  "जिस (व्यक्ति|ग्राहक|उपभोक्ता|सब्सक्राइबर|पर्सन|कस्टमर|एयरटेल|जियो|वोडाफोन)…(संपर्क|सम्पर्क|कॉल|फोन|डायल)",
  // "The number you call from" is a person's.
  "जिस (नंबर|नम्बर|मोबाइल) (पर|को)…(संपर्क|सम्पर्क|कॉल|फोन|डायल)",
  "(डायल|कॉल) (किया|किए|किये) (हुआ |गया |गए |गये )(नंबर|नम्बर|व्यक्ति|ग्राहक)",
  "आपके द्वारा (डायल|कॉल)",
  "(नंबर|नम्बर|पर्सन|सब्सक्राइबर|कस्टमर) यू (आर|हैव)",
  "jis (vyakti|grahak|customer|subscriber|person|airtel|jio)…(sampark|call|phone|dial)",
  "jis (number|nambar|mobile) (par|pe|ko)…(sampark|call|phone|dial)",
  "(dial|call) (kiya|kiye) (hua |gaya |gaye )(number|nambar|vyakti|grahak)",
  "aapke dwara (dial|call)",
  // Marathi
  "ज्या (व्यक्ती|ग्राहका|क्रमांका|नंबर)…(संपर्क|कॉल|फोन)",
  "डायल केलेला (क्रमांक|नंबर)",
  "dial kelela (kramank|number)",
  // Bengali
  "(যে|যেই) (নম্বরে|নাম্বারে|ব্যক্তিকে|ব্যক্তির|গ্রাহককে)…(কল|ফোন|ডায়াল|যোগাযোগ)",
  "(ডায়াল|কল) করা (নম্বর|নাম্বার)",
  "je (number|nombor|byakti)…(call|phone|dial|jogajog)",
  // Gujarati
  "જે (વ્યક્તિ|નંબર|ગ્રાહક)…(કૉલ|કોલ|સંપર્ક|ફોન|ડાયલ)",
  "ડાયલ કરેલ",
  // Punjabi
  "ਜਿਸ (ਵਿਅਕਤੀ|ਨੰਬਰ|ਗਾਹਕ)…(ਕਾਲ|ਸੰਪਰਕ|ਫੋਨ|ਡਾਇਲ)",
  "ਡਾਇਲ ਕੀਤਾ",
  // Odia
  "ଯେଉଁ (ବ୍ୟକ୍ତି|ନମ୍ବର|ଗ୍ରାହକ)…(କଲ|ଫୋନ|ଡାଏଲ|ଯୋଗାଯୋଗ)",
  "ଡାଏଲ କରିଥିବା",
  // Tamil
  "நீங்கள் (அழைக்கும்|அழைத்த|தொடர்பு கொள்ளும்|டயல் செய்த|அழைத்துள்ள)",
  "neengal (azhaikkum|alaikkum|azhaitha|thodarbu kollum|dial seitha)",
  // Telugu
  "మీరు (కాల్|డయల్|ఫోన్) (చేస్తున్న|చేసిన)",
  "మీరు సంప్రదించ",
  "meeru (call|dial|phone) (chestunna|chesthunna|chesina)",
  // Kannada
  "ನೀವು (ಕರೆ|ಡಯಲ್|ಕಾಲ್) (ಮಾಡುತ್ತಿರುವ|ಮಾಡಿದ|ಮಾಡಿರುವ)",
  "ನೀವು ಸಂಪರ್ಕಿಸ",
  "neevu (kare|dial|call) (maduttiruva|maaduttiruva|madida|maadida)",
  // Malayalam
  "നിങ്ങൾ (വിളിക്കുന്ന|വിളിച്ച|ഡയൽ ചെയ്ത|ബന്ധപ്പെടാൻ)",
  "ningal (vilikkunna|vilicha|dial cheytha)",
];

/** What it says of them. Said of "him" or "sir" it is a person's answer. */
export const AWAY = [
  "switch(ed)? off",
  "not( currently| presently)? (reachable|answering|available|responding|in service|in use)",
  "(unavailable|unreachable|cannot be reached|can not be reached|busy|invalid|does not exist|out of service|temporarily)",
  "out of( the)?( network)? coverage",
  "outside( the)?( network)? coverage",
  "(try|call)( again| calling| your call)? (again |)(later|after some ?time)",
  "leave (a|your) message",
  "(उपलब्ध|मौजूद|मान्य|अवेलेबल|रीचेबल) (नहीं|नही)",
  "(व्यस्त|बिजी|बिज़ी|स्विच(्ड)? ऑफ|बंद है|अमान्य|नॉट रीचेबल|नॉट अवेलेबल)",
  "(जवाब|उत्तर|संपर्क|सम्पर्क) (नहीं|नही)",
  "(क्षेत्र|पहुंच|पहुँच|एरिया|कवरेज) (से|के) बाहर",
  "(कुछ|थोड़ी|थोड़े) (समय|देर) (के )?बाद",
  "(uplabdh|upalabdh|available|maujood|jawab|javab|uttar|sampark) nah?i",
  "(vyast|band hai)",
  "(kshetra|pahunch|area|coverage) (se|ke) ba(a)?har",
  "(thodi|thode|kuch) (der|samay|time) (ke )?(baad|bad)",
  // Marathi
  "(उपलब्ध|अस्तित्वात) (नाही|नाहीत)",
  "(बंद आहे|क्षेत्राच्या बाहेर|क्षेत्राबाहेर|थोड्या वेळाने)",
  "(uplabdh|upalabdh) na(a)?hi",
  "(band aahe|thodya velane)",
  // Bengali
  "(ব্যস্ত|সুইচ অফ|সুইচড অফ|বন্ধ আছে|বন্ধ রয়েছে|উপলব্ধ ন|সীমার বাইরে|এলাকার বাইরে|উত্তর দিচ্ছেন না|কিছুক্ষণ পর)",
  "(byasto|bandho ache|bondho ache|kichukkhon por)",
  // Gujarati
  "(વ્યસ્ત|સ્વિચ ઓફ|સ્વીચ ઓફ|સ્વિચ ઑફ|બંધ છે|ઉપલબ્ધ નથી|ક્ષેત્રની બહાર|જવાબ નથી|થોડી વાર પછી|થોડા સમય પછી)",
  // Punjabi
  "(ਵਿਅਸਤ|ਰੁੱਝ|ਸਵਿੱਚ ਆਫ|ਸਵਿਚ ਆਫ|ਬੰਦ ਹੈ|ਉਪਲਬਧ ਨਹੀਂ|ਖੇਤਰ ਤੋਂ ਬਾਹਰ|ਜਵਾਬ ਨਹੀਂ|ਥੋੜ੍ਹੀ ਦੇਰ ਬਾਅਦ|ਕੁਝ ਸਮੇਂ ਬਾਅਦ)",
  // Odia
  "(ବ୍ୟସ୍ତ|ସୁଇଚ ଅଫ|ସୁଇଚ୍ ଅଫ୍|ବନ୍ଦ ଅଛି|ଉପଲବ୍ଧ ନା|ଉପଲବ୍ଧ ନୁହ|ବାହାରେ|କିଛି ସମୟ ପରେ)",
  // Tamil
  "(ஸ்விட்ச் ஆஃப்|சுவிட்ச் ஆஃப்|அணைக்கப்பட்டு|எல்லைக்கு வெளியே|பிஸியாக|பதிலளிக்கவில்லை|பதில் அளிக்கவில்லை|தொடர்பில் இல்லை)",
  "(உபயோகத்தில் இல்லை|சிறிது நேரம் கழித்து|சிறிது நேரத்திற்கு பிறகு)",
  "(ellaikku veliye|sirithu neram kazhithu|siridhu neram kazhithu|badhil alikkavillai)",
  // Telugu
  "(స్విచ్ ఆఫ్|స్విచాఫ్|అందుబాటులో లే|బిజీగా|బిజీ గా|స్పందించ|పరిధి వెలుపల|పరిధిలో లే|కొంత సమయం తర్వాత|కొద్దిసేపటి తర్వాత)",
  "(andubatulo le|andubaatulo le|konta samayam tarvata|kontha samayam tharvatha)",
  // Kannada
  "(ಸ್ವಿಚ್ ಆಫ್|ಸ್ವಿಚ್ಡ್ ಆಫ್|ಕಾರ್ಯನಿರತ|ಬ್ಯುಸಿ|ಲಭ್ಯವಿಲ್ಲ|ವ್ಯಾಪ್ತಿ|ಉತ್ತರಿಸುತ್ತಿಲ್ಲ|ಸ್ವಲ್ಪ ಸಮಯದ ನಂತರ)",
  "(vyapti|labhyavilla|karyanirata|swalpa samayada nantara)",
  // Malayalam
  "(സ്വിച്ച് ഓഫ്|സ്വിച്ച്ഡ് ഓഫ്|തിരക്കിലാണ്|പരിധിക്ക് പുറത്ത്|ലഭ്യമല്ല|പ്രതികരിക്കുന്നില്ല|ഉത്തരം നൽകുന്നില്ല|അല്പസമയത്തിന|അൽപസമയത്തിന|കുറച്ചു സമയത്തിന)",
  "(paridhikku purathu|labhyamalla|thirakkilanu)",
];

/** What is said by recordings only. */
export const RECORDED = [
  "(after|at) the (tone|beep)",
  "record your( voice)? message",
  "(when|once) you( have| ve)? finish(ed)? recording",
  "forwarded to( an| a)?( automatic| automated)? voice",
  "(voice ?mail( ?box)?|mail ?box)( of…| )(is full|has not been|is not set)",
  "reached the (voice ?mail|voice mail ?box|mail ?box)",
  "reached…(cant|cannot|unable|missed|not available|away)…leave (me )?(a|your)( short| brief)? (message|name)",
  "(cant|cannot|unable to|not able to) (take|answer|pick up|come to|get to) (your call|the phone|my phone)…leave (me )?(a|your)( short| brief)? (message|name)",
  "आफ्टर द (टोन|बीप)",
  "(बीप|टोन)( की आवाज)? के बाद…(संदेश|मैसेज|मेसेज|रिकॉर्ड)",
  "(संदेश|मैसेज|मेसेज|रिकॉर्ड)…(बीप|टोन)( की आवाज)? के बाद",
  "(संदेश|मैसेज|मेसेज) रिकॉर्ड (कर|की)",
  "(beep|tone)( ki awa(a)?z)? ke (baad|bad)…(sandesh|message|record)",
  "(sandesh|message|record)…(beep|tone)( ki awa(a)?z)? ke (baad|bad)",
  "(sandesh|message) record (kar|ki)",
  "बीप(च्या)? नंतर",
  "(বিপের|বীপের|টোনের) পর",
  "(બીપ|ટોન)(ના)? (પછી|બાદ)",
  "(ਬੀਪ|ਟੋਨ) ਤੋਂ ਬਾਅਦ",
  "(ବିପ୍|ବିପ|ଟୋନ୍|ଟୋନ) ପରେ",
  "(பீப்|டோன்)( ஒலி| ஒலிக்கு| சத்தத்திற்கு)? (பிறகு|பின்|ஒலிக்குப்)",
  "(బీప్|టోన్)( శబ్దం)? తర్వాత",
  "(ಬೀಪ್|ಟೋನ್)( ಶಬ್ದದ)? ನಂತರ",
  "(ബീപ്|ടോൺ)( ശബ്ദത്തിന്)? ശേഷം",
];

/**
 * What is said only by somebody who listens, or by a machine behind which somebody waits: whom was called has put the call on
 * hold, will be free in a moment, or has a machine ask who is calling before they take the call.
 */
export const LISTENING = [
  "(yes|yeah|ok|okay|haan|हाँ|हां|sir|madam|bro|bhai|सर|मैडम|भाई)( |$)",
  "who (is|s|are) (this|that|it|calling|speaking|you)",
  "(whos|may i know|may i ask|can i (help|ask|take|tell|know)|(may|can) i help)",
  "what (is|s) (this|it) (about|regarding)",
  "(with|to|through) me( |$)",
  "i (ll|will|can|shall) (tell|inform|let|pass|ask|convey|give)",
  "(this is|i am|im) (his|her|their)",
  "(it|they|phone) (said|says|keeps|kept|was saying)",
  "i (called|tried|got|heard|was|keep)",
  "wrong number",
  "(say|state|record|give|tell me) your name",
  "(screen(ing|ed)|see if this person)",
  "(please |on )hold",
  "(stay|remain|wait) on the line",
  "(होल्ड|(लाइन|लाईन) पर (बने|रह))",
  "(line par (ban|rah)|hold par)",
  "(कौन|क्या काम|किससे बात|बोलिए|बोलिये|बोलो|बताइए|बताइये|बताओ|गलत नंबर|रॉन्ग नंबर|मेरा नंबर|मेरा नम्बर)",
  "मैं (उनका|उनकी|बता|बोल दू|सुन)",
  "(kaun|kon bol|kya kaam|kis ?se baat|boliye|bolo|bataiye|batao|galat number|wrong number|mera number)",
  "(main|mai|mein) (unka|unki|bata|bol du)",
  "(बोल रहा था|बोल रही थी|bol raha tha|bol rahi thi)",
  "(कोण|बोला|सांगा|kon bolt|sanga)",
  "(কে বলছেন|বলুন|ke bolchen|bolun)",
  "(કોણ|બોલો|ਕੌਣ|ਦੱਸੋ|ਬੋਲੋ|କିଏ|କୁହନ୍ତୁ)",
  "(யாரு|யார் பேச|சொல்லுங்க|yaaru|yaar pes|sollunga)",
  "(ఎవరు|చెప్పండి|evaru|cheppandi)",
  "(ಯಾರು|ಹೇಳಿ|yaaru|heli)",
  "(ആരാണ്|പറയൂ|പറയു|aaranu|parayu)",
];
