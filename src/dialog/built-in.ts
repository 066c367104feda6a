import type { Rules } from "./rules.ts";

/** Greets in both languages it speaks, long enough to be interrupted. */
export const BUILT_IN_GREETING =
  "नमस्ते, दूरवाणी में आपका स्वागत है, बताइए मैं आपके लिए क्या कर सकता हूँ? " +
  "Welcome to Durvani, you can speak to me in Hindi or in English.";

const UNKNOWN_HINDI = [
  "माफ़ कीजिए, इस सवाल का जवाब अभी मेरे पास नहीं है, लेकिन हमारे दफ़्तर के साथी आपकी मदद ज़रूर कर सकते हैं। " +
    "तब तक आप मुझसे अपने ऑर्डर, हमारे खुलने के समय, चीज़ों की कीमत या दुकान के पते के बारे में पूछ सकते हैं।",
  "मुझे खेद है कि इस बारे में मैं आपको कुछ नहीं बता सकता, क्योंकि मुझे केवल हमारी दुकान की बातें मालूम हैं। " +
    "आप चाहें तो पूछिए कि आपका ऑर्डर कहाँ है, दुकान कितने बजे खुलती है, चीज़ें कितने की हैं या हम कहाँ मिलेंगे।",
];
const UNKNOWN_ENGLISH = [
  "I am sorry, that is not something I can answer from here, but the people in our office can surely help. " +
    "Until then you may ask me about your order, our opening hours, our prices or the address of our shop.",
  "I wish I could tell you more about that, but the only things I know about are the matters of this shop. " +
    "If you like, ask me where your order is, when we open in the morning, what things cost or where we are.",
];

/**
 * The agent that answers where no agents file is given. It knows a few things in Hindi and English, answers all else with two
 * whole sentences, and hangs up only on a goodbye. Words in Devanagari are answered in Hindi, so Hindi rules stand first.
 */
export const BUILT_IN_RULES: Rules = {
  rules: [
    {
      script: "Devanagari",
      when: [
        "एक और सवाल",
        "एक और बात",
        "एक सवाल और",
        "एक मिनट",
        "रुको",
        "रुकिए",
        "रुकिये",
        "ठहरिए",
        "सुनिए",
        "मत रख*",
        "रखना मत",
        "wait",
      ],
      say: ["जी हाँ, मैं सुन रहा हूँ, आप आराम से अपना सवाल पूछिए।", "जी बिल्कुल, पूछिए, मैं यहीं हूँ और ध्यान से सुन रहा हूँ।"],
    },
    {
      when: ["ek aur sawal", "ek aur sawaal", "ek minute ruk*", "rukiye", "ruko"],
      say: "जी हाँ, मैं सुन रहा हूँ, आप आराम से अपना सवाल पूछिए।",
    },
    {
      when: [
        ...[
          "one more question",
          "another question",
          "one more thing",
          "one question",
          "wait wait",
          "please wait",
          "hold on",
        ],
        ...[
          "wait a *",
          "wait one *",
          "one moment",
          "just a moment",
          "don't hang up",
          "do not hang up",
          "don't say *bye",
        ],
      ],
      say: [
        "Of course, please go ahead and ask, I am listening.",
        "Yes please, take your time and ask me, I am still here.",
      ],
    },
    {
      script: "Devanagari",
      when: [
        "अलविदा",
        "बाय",
        "गुडबाय",
        "फिर मिलेंगे",
        "फिर मिलते हैं",
        "फ़ोन रख*",
        "रखता हूँ",
        "रखती हूँ",
        "खुदा हाफ़िज़",
        "bye",
        "goodbye",
      ],
      say: "फ़ोन करने के लिए आपका बहुत धन्यवाद, आपका दिन शुभ हो, नमस्ते।",
      hangUp: true,
    },
    {
      when: ["alvida", "phir milenge", "khuda hafiz"],
      say: "फ़ोन करने के लिए आपका बहुत धन्यवाद, आपका दिन शुभ हो, नमस्ते।",
      hangUp: true,
    },
    {
      when: ["bye", "goodbye", "see you later"],
      say: "Thank you very much for calling, have a nice day, goodbye.",
      hangUp: true,
    },
    {
      script: "Devanagari",
      when: ["आप कौन", "तुम कौन", "कौन बोल", "कौन बात", "आपका नाम", "तुम्हारा नाम"],
      say: "मैं दूरवाणी हूँ, इस दुकान का फ़ोन सहायक, और मैं हिंदी और अंग्रेज़ी में आपसे बात कर सकता हूँ।",
    },
    {
      when: ["aap kaun", "kaun bol", "aapka naam"],
      say: "मैं दूरवाणी हूँ, इस दुकान का फ़ोन सहायक, और मैं हिंदी और अंग्रेज़ी में आपसे बात कर सकता हूँ।",
    },
    {
      when: ["who are you", "who is this", "who am i *", "what is your name", "what's your name", "your name"],
      say: "I am Durvani, the telephone assistant of this shop, and you may speak to me in Hindi or in English.",
    },
    {
      script: "Devanagari",
      when: ["ऑर्डर", "आर्डर", "डिलीवरी", "पार्सल", "सामान कब", "सामान कहाँ", "order", "delivery"],
      say: "आपका ऑर्डर कल हमारे गोदाम से निकल चुका है। वह परसों शाम तक आपके पते पर पहुँच जाएगा।",
    },
    {
      when: ["mera order", "order kahan", "order kab", "mera parcel"],
      say: "आपका ऑर्डर कल हमारे गोदाम से निकल चुका है। वह परसों शाम तक आपके पते पर पहुँच जाएगा।",
    },
    {
      when: ["order", "orders", "delivery", "parcel", "package", "shipment"],
      say: "Your order left our warehouse yesterday morning. It will reach your address by the evening of the day after tomorrow.",
    },
    {
      script: "Devanagari",
      when: ["कितने बजे", "कब खुल*", "कब तक खुल*", "कब बंद", "खुलने", "खुला", "खुली", "समय", "टाइमिंग", "टाइम", "timing*"],
      say: "हमारी दुकान सोमवार से शनिवार तक सुबह नौ बजे से शाम सात बजे तक खुली रहती है। रविवार को छुट्टी रहती है।",
    },
    {
      when: ["opening hours", "hours", "timing*", "open", "opens", "opening", "close", "closing", "what time"],
      say: "We are open from Monday to Saturday, from nine in the morning to seven in the evening. On Sundays we are closed.",
    },
    {
      script: "Devanagari",
      when: ["कीमत", "दाम", "कितने का", "कितने की", "कितने के", "कितने में", "कितने पैसे", "कितना पैसा", "रेट", "भाव", "price"],
      say: "हमारी चीज़ों की कीमत एक सौ निन्यानवे रुपये से शुरू होती है। घर तक पहुँचाने के पचास रुपये अलग से लगते हैं।",
    },
    {
      when: ["price*", "cost*", "how much", "rate", "rates", "charge*"],
      say: "Our prices begin at one hundred and ninety-nine rupees. Delivery to your home costs fifty rupees more.",
    },
    { script: "Devanagari", when: ["पता नहीं", "नहीं पता", "पता चल*", "पता है"], say: UNKNOWN_HINDI },
    {
      script: "Devanagari",
      when: ["पता", "पते", "एड्रेस", "दुकान कहाँ", "दुकान कहां", "आप कहाँ", "address"],
      say: "हमारी दुकान बेंगलुरु में महात्मा गांधी मार्ग पर बारह नंबर पर है। मेट्रो स्टेशन से पैदल पाँच मिनट लगते हैं।",
    },
    {
      when: ["address", "where are you", "where is your *", "where is the shop", "location", "located"],
      say: "Our shop is at number twelve, Mahatma Gandhi Road, in Bengaluru. It is five minutes on foot from the metro station.",
    },
    {
      script: "Devanagari",
      when: ["धन्यवाद", "शुक्रिया", "थैंक यू", "थैंक्यू", "thank you", "thanks"],
      say: "आपका स्वागत है, क्या मैं आपके लिए कुछ और कर सकता हूँ?",
    },
    { when: ["dhanyavaad", "dhanyavad", "shukriya"], say: "आपका स्वागत है, क्या मैं आपके लिए कुछ और कर सकता हूँ?" },
    { when: ["thank you", "thanks"], say: "You are most welcome, is there anything else that I can do for you?" },
    { script: "Devanagari", when: ["*"], say: UNKNOWN_HINDI },
  ],
  otherwise: UNKNOWN_ENGLISH,
};
