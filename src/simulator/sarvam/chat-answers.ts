/** The last thing that the user said. */
export function lastQuestion(messages: readonly { readonly role?: unknown; readonly content?: unknown }[]): string {
  return String(messages.findLast(({ role }) => role === "user")?.content ?? "");
}

/** What the simulated model answers: several sentences, the same for the same question, which they repeat. */
export function chatAnswer(question: string): string {
  const asked = question.trim().replace(/[.?!।\s]+$/u, "");
  const known = ANSWERS.find(({ about }) => about.test(question));
  if (known) return known.answer;
  if (/\p{Script=Devanagari}/u.test(question)) {
    return `आपने कहा: ${asked}। मैं इसे अभी देख रही हूँ। क्या मैं आपकी और कोई मदद कर सकती हूँ?`;
  }
  return `You said: ${asked}. I am looking into it right now. Is there anything else that I can do for you?`;
}

const ANSWERS: readonly { readonly about: RegExp; readonly answer: string }[] = [
  {
    about: /ऑर्डर|आर्डर/u,
    answer: "आपका ऑर्डर रास्ते में है। वह कल शाम छह बजे तक पहुँच जाएगा। पहुँचने से पहले आपको एक संदेश मिलेगा।",
  },
  {
    about: /order/i,
    answer: "Your order is on its way. It will arrive by six tomorrow evening. You will get a message before it comes.",
  },
  {
    about: /opening hours|open|timing/i,
    answer: "We are open from nine in the morning to eight in the evening. On Sundays we close at two.",
  },
  { about: /goodbye|bye/i, answer: "Thank you for calling. Have a very good day. Goodbye." },
  { about: /अलविदा/u, answer: "कॉल करने के लिए धन्यवाद। आपका दिन शुभ हो। अलविदा।" },
];

/** A system or user text that asks for JSON gets some: what jobs after the call ask for. */
export function jsonAnswer(question: string): string {
  return JSON.stringify({ summary: chatAnswer(question), sentiment: "neutral", topics: ["general"] });
}
