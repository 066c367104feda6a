import { describe, expect, test } from "vitest";
import { soundsLikeMachine } from "../../src/call/voicemail.ts";

const MACHINES = [
  // Answering machines.
  "Please leave a message after the tone.",
  "At the tone, please record your message. When you have finished recording, you may hang up.",
  "Your call has been forwarded to an automated voice message system.",
  "The person you are calling is not available. Please record your message after the beep.",
  "The person you are trying to reach is not available. You may leave a message.",
  "Hi, this is Ravi. I can’t take your call right now, please leave me a message and I'll call you back.",
  "Hi, you've reached Meera Nair. Sorry, I missed your call. Leave your name and number.",
  "Sorry, the mailbox is full.",
  "the voice mailbox of nine eight seven six is full",
  // Carriers, in English.
  "The number you have dialled is currently switched off. Please try again later.",
  "The number you are calling is not reachable.",
  "The Airtel customer you are trying to reach is currently busy. Please call after some time.",
  "The person you have called is not answering. Please try again later.",
  "The subscriber you are calling is out of network coverage area",
  "The number you have dialed does not exist. Please check the number.",
  "Incoming calls on the Jio number you have dialled are temporarily barred.",
  // Hindi.
  "आप जिस व्यक्ति से संपर्क करना चाहते हैं, वह अभी उपलब्ध नहीं है। कृपया थोड़ी देर बाद प्रयास करें।",
  "आप जिस नंबर पर कॉल कर रहे हैं वह अभी स्विच ऑफ है",
  "जिस एयरटेल ग्राहक को आप कॉल कर रहे हैं वह नेटवर्क कवरेज क्षेत्र से बाहर हैं।",
  "आपके द्वारा डायल किया गया नंबर अभी व्यस्त है, कृपया कुछ समय बाद कॉल करें।",
  "डायल किया गया नंबर मौजूद नहीं है",
  "आप जिस व्यक्ति को कॉल कर रहे हैं वे आपके कॉल का उत्तर नहीं दे रहे हैं।",
  "कृपया बीप के बाद अपना संदेश छोड़ें",
  "kripya apna message beep ke baad chhod dein",
  "अपना मैसेज रिकॉर्ड करने के लिए रुकें।",
  // Hindi and English as recognisers mix them.
  "aap jis vyakti se sampark karna chahte hain wo abhi uplabdh nahin hai",
  "Aap jis number par call kar rahe hain vah abhi band hai, kripya thodi der baad prayas karein",
  "Jis Jio customer ko aap call kar rahe hain wo abhi coverage area se bahar hain",
  "aapke dwara dial kiya gaya number abhi switch off hai",
  "द नंबर यू आर कॉलिंग इज स्विच्ड ऑफ",
  "प्लीज लीव अ मैसेज आफ्टर द बीप",
  // The other languages.
  "आपण ज्या व्यक्तीशी संपर्क साधू इच्छिता ती सध्या उपलब्ध नाही. कृपया थोड्या वेळाने पुन्हा प्रयत्न करा.",
  "आपण डायल केलेला क्रमांक सध्या बंद आहे",
  "আপনি যে নম্বরে কল করেছেন সেটি এখন সুইচ অফ আছে। অনুগ্রহ করে কিছুক্ষণ পরে আবার চেষ্টা করুন।",
  "আপনার ডায়াল করা নম্বরটি এখন ব্যস্ত আছে",
  "તમે જે વ્યક્તિને કૉલ કરી રહ્યા છો તે હાલમાં વ્યસ્ત છે. કૃપા કરી થોડી વાર પછી પ્રયાસ કરો.",
  "ਤੁਸੀਂ ਜਿਸ ਵਿਅਕਤੀ ਨੂੰ ਕਾਲ ਕਰ ਰਹੇ ਹੋ ਉਹ ਇਸ ਸਮੇਂ ਉਪਲਬਧ ਨਹੀਂ ਹੈ",
  "ଆପଣ ଡାଏଲ କରିଥିବା ନମ୍ବର ବର୍ତ୍ତମାନ ବ୍ୟସ୍ତ ଅଛି",
  "நீங்கள் அழைக்கும் வாடிக்கையாளர் தற்போது தொடர்பு எல்லைக்கு வெளியே உள்ளார்",
  "நீங்கள் தொடர்பு கொள்ளும் எண் தற்போது ஸ்விட்ச் ஆஃப் செய்யப்பட்டுள்ளது",
  "neengal azhaikkum vaadikkaiyaalar tharpothu busy aaga ullaar",
  "మీరు కాల్ చేస్తున్న వ్యక్తి ప్రస్తుతం అందుబాటులో లేరు. దయచేసి కొంత సమయం తర్వాత ప్రయత్నించండి.",
  "meeru dial chesina number switch off lo undi",
  "ನೀವು ಕರೆ ಮಾಡುತ್ತಿರುವ ಚಂದಾದಾರರು ವ್ಯಾಪ್ತಿ ಪ್ರದೇಶದಿಂದ ಹೊರಗಿದ್ದಾರೆ",
  "നിങ്ങൾ വിളിക്കുന്ന വ്യക്തി ഇപ്പോൾ പരിധിക്ക് പുറത്താണ്. ദയവായി അല്പസമയത്തിനു ശേഷം വീണ്ടും വിളിക്കുക.",
];

const PEOPLE = [
  "Hello?",
  "haan boliye",
  "हेलो, हाँ जी बोलिए",
  "Yes, speaking.",
  "He's not available right now, who is this?",
  "He is not available at the moment",
  "The GM is not available at the moment.",
  "Hi, I'm not available right now.",
  "main abhi available nahi hoon",
  "She's busy, call later.",
  "I'm in a meeting, please call again later",
  "Sir is on another call, please try after some time",
  "His phone is switched off, he will be back at six.",
  "It's unavailable.",
  "leave it",
  "leave a message",
  "Can you leave a message with me?",
  "Please leave a message, I will tell him",
  "Just leave your name and number and he'll call you back.",
  "Hello, you've reached Sharma Clinic, how may I help you?",
  "The person you are calling is not available, may I know who is calling?",
  "You have dialled the wrong number.",
  "The number you have dialled is wrong, this is a shop",
  "I called him and it said the number you have dialled is switched off",
  "My voicemail is not working",
  "don't record my message",
  "wo abhi ghar pe nahi hai",
  "वो अभी घर पे नहीं हैं, थोड़ी देर बाद फोन कीजिए",
  "message kar dijiye",
  "मैसेज छोड़ दीजिए, मैं उनको बता दूंगा",
  "abhi busy hoon, baad mein call karo",
  "मैं अभी व्यस्त हूँ, बाद में बात करते हैं",
  "unka phone switch off hai",
  "aap jis se baat karna chahte hain wo abhi bahar gaye hain",
  "आप जिस नंबर पर कॉल कर रहे हैं वो बंद है, ये मेरा नंबर है, कौन बोल रहा है?",
  "jis number pe aapne call kiya hai wo galat number hai",
  "meri call mein tone ke baad awaaz nahi aayi",
  "आप जिस नंबर से कॉल कर रहे हैं वह उपलब्ध नहीं दिखा रहा",
  "Madam, the customer you are calling for is not available, please call later.",
  "haan, aap jis number par call kar rahe hain wo busy hai",
  "kaun bol raha hai? wo abhi uplabdh nahi hai",
  "ते आत्ता उपलब्ध नाहीत, थोड्या वेळाने फोन करा",
  "উনি এখন ব্যস্ত আছেন, পরে ফোন করুন",
  "એ અત્યારે વ્યસ્ત છે, થોડી વાર પછી ફોન કરો",
  "ਉਹ ਹੁਣੇ ਘਰ ਨਹੀਂ ਹੈ, ਥੋੜ੍ਹੀ ਦੇਰ ਬਾਅਦ ਫੋਨ ਕਰੋ",
  "ସେ ଏବେ ବ୍ୟସ୍ତ ଅଛନ୍ତି",
  "அவர் இப்போ பிஸியாக இருக்கார், சிறிது நேரம் கழித்து கூப்பிடுங்க",
  "నీవు ఎవరు? ఆయన ఇప్పుడు అందుబాటులో లేరు",
  "ಅವರು ಈಗ ಕಾರ್ಯನಿರತರಾಗಿದ್ದಾರೆ, ಆಮೇಲೆ ಮಾಡಿ",
  "അദ്ദേഹം ഇപ്പോൾ തിരക്കിലാണ്",
  "",
  "…",
];

/** A machine speaks, but somebody waits behind it. */
const PEOPLE_BEHIND_MACHINES = [
  "The person you are calling has put your call on hold. Please stay on the line.",
  "The person you are calling is busy on another call. Please stay on the line or call again later.",
  "आप जिस व्यक्ति को कॉल कर रहे हैं वह अभी व्यस्त है, कृपया लाइन पर बने रहें",
  "If you record your name and reason for calling, I'll see if this person is available.",
  "The person you are calling is using a screening service. Go ahead and say your name, and why you're calling.",
];

/** Nothing is behind these, but they are no voicemail either. */
const MENUS = [
  "For English, press 1. हिंदी के लिए दो दबाएँ।",
  "All our agents are busy. Your estimated wait time is two minutes.",
];

describe("I38: voicemail, and people who say much the same", () => {
  test.each(MACHINES)("a machine: %s", (text) => {
    expect(soundsLikeMachine(text)).toBe(true);
  });

  test.each(PEOPLE)("a person: %s", (text) => {
    expect(soundsLikeMachine(text)).toBe(false);
  });

  test.each(PEOPLE_BEHIND_MACHINES)("a person behind a machine: %s", (text) => {
    expect(soundsLikeMachine(text)).toBe(false);
  });

  test.each(MENUS)("a menu: %s", (text) => {
    expect(soundsLikeMachine(text)).toBe(false);
  });

  test("letters written in two ways, with joiners, in capitals or with other punctuation make no difference", () => {
    for (const text of MACHINES) {
      for (const form of [text.normalize("NFD"), text.toUpperCase(), text.replaceAll(" ", ", ")]) {
        expect(soundsLikeMachine(form), form).toBe(true);
      }
    }
    expect(soundsLikeMachine("ନୀ".concat(" നിങ്ങള്‍ വിളിക്കുന്ന വ്യക്തി സ്വിച്ച്\u200c ഓഫ് ആണ്"))).toBe(true);
  });

  test("a long text is judged as quickly as a short one", () => {
    const beganMs = performance.now();
    expect(soundsLikeMachine("reached cant the number voice mail of जिस नंबर ".repeat(2000))).toBe(false);
    expect(performance.now() - beganMs).toBeLessThan(1000);
  });
});
