import { describe, expect, test } from "vitest";
import { BUILT_IN_GREETING, BUILT_IN_RULES } from "../../src/dialog/built-in.ts";
import { PHRASES } from "../../src/dialog/phrases.ts";
import { leaks } from "../../src/replay/scrub/leaks.ts";
import { scrubText } from "../../src/replay/scrub/scrub.ts";
import { seededDice } from "../../src/simulator/sarvam/dice.ts";

const scrubbed = (text: string): string => scrubText(text, []);

describe("numbers in digits", () => {
  test.each([
    ["ring me at +91 80456 78900", "ring me at +00 00000 00000"],
    ["98-76-54", "00-00-00"],
    ["(080) 4567.8900, please", "(000) 0000.0000, please"],
    ["card 4111 1111 1111 1111", "card 0000 0000 0000 0000"],
    ["born 12/05/1984", "born 00/00/0000"],
    ["9, 8, 4, 5", "0, 0, 0, 0"],
    ["\u202a98\u200b450\u202c", "\u202a00\u200b000\u202c"],
    ["1000 रुपये", "0000 रुपये"],
    ["flat B-1204", "flat B-0000"],
    ["०९८४५ ०१२३४", "००००० ०००००"],
    ["৯৮৪৫০", "০০০০০"],
    ["௯௮௪௫", "௦௦௦௦"],
    ["౯౮౪౫", "౦౦౦౦"],
    ["೯೮೪೫", "೦೦೦೦"],
    ["൯൮൪൫", "൦൦൦൦"],
    ["૯૮૪૫", "૦૦૦૦"],
    ["੯੮੪੫", "੦੦੦੦"],
    ["୯୮୪୫", "୦୦୦୦"],
    ["98 ४५", "00 ००"],
  ])("%s", (text, expected) => expect(scrubbed(text)).toBe(expected));

  test.each(["room 101", "10:30", "2 या 3 बजे", "12 rooms, 34 beds", "flat B12 on road 34", "५ किलो", "99.9"])(
    "%s stays",
    (text) => expect(scrubbed(text)).toBe(text),
  );
});

/** A number of four digits and more as it is dictated, what is left of it, and sentences of the language that only count. */
const SPOKEN: readonly {
  language: string;
  numbers: readonly (readonly [string, string])[];
  stays: readonly string[];
}[] = [
  {
    language: "Hindi",
    numbers: [
      ["मेरा नंबर नौ आठ चार पाँच है", "मेरा नंबर शून्य शून्य शून्य शून्य है"],
      ["छह छः छे सात", "शून्य शून्य शून्य शून्य"],
      ["पांच, पाँच, आठ, आठ।", "शून्य, शून्य, शून्य, शून्य।"],
      ["अट्ठानवे पैंतालीस", "शून्य शून्य"],
      ["अठ्ठानवे पैंतालिस पन्द्रह पंद्रह", "शून्य शून्य शून्य शून्य"],
      ["डबल नौ ट्रिपल शून्य", "डबल शून्य ट्रिपल शून्य"],
      ["नाइन एट फ़ोर फाइव ज़ीरो", "ज़ीरो ज़ीरो ज़ीरो ज़ीरो ज़ीरो"],
      ["नाइंटी एट फोर्टी फाइव", "ज़ीरो ज़ीरो ज़ीरो ज़ीरो"],
      ["नौ सौ एक पाँच", "शून्य शून्य शून्य शून्य"],
      ["नौ 8 चार 5", "शून्य 0 शून्य 0"],
      ["nau aath chaar paanch", "shunya shunya shunya shunya"],
      ["athanve paintalis", "shunya shunya"],
    ],
    stays: [
      "एक मिनट",
      "एक और सवाल",
      "दो दुकानें",
      "मुझे दो या तीन किलो चाहिए",
      "एक सौ निन्यानवे रुपये",
      "सुबह नौ बजे से शाम सात बजे तक",
      "नौ आठ चार",
      "do ya teen din",
    ],
  },
  {
    language: "English",
    numbers: [
      ["my number is nine eight four five", "my number is zero zero zero zero"],
      ["Nine, eight - oh, FIVE!", "zero, zero - zero, zero!"],
      ["double nine triple five", "double zero triple zero"],
      ["ninety-eight forty five", "zero-zero zero zero"],
      ["nineteen eighty four", "zero zero zero"],
      ["nine hundred and four", "nine hundred and four"],
      ["one hundred two three", "zero zero zero zero"],
      ["98 four five", "00 zero zero"],
    ],
    stays: [
      "one moment",
      "one more question please",
      "a double room for two",
      "one double room",
      "oh no, one of the two",
      "one hundred and ninety-nine rupees",
      "twenty five or twenty six",
      "ninety eight, four",
      "nine hundred four",
      "nine eight four",
    ],
  },
  {
    language: "English with words that are Hindi numbers",
    numbers: [
      ["98450, do you have it", "00000, do you have it"],
      ["do char sat do", "shunya shunya shunya shunya"],
      ["nau do aath do", "shunya shunya shunya shunya"],
    ],
    stays: ["two of us sat down", "do be careful, do"],
  },
  {
    language: "Bengali",
    numbers: [
      ["আমার নম্বর নয় আট চার পাঁচ", "আমার নম্বর শূন্য শূন্য শূন্য শূন্য"],
      ["ছয় ছয় সাত শূন্য", "শূন্য শূন্য শূন্য শূন্য"],
      ["আটানব্বই পঁয়তাল্লিশ", "শূন্য শূন্য"],
      ["নাইন এইট ফোর ফাইভ", "জিরো জিরো জিরো জিরো"],
    ],
    stays: ["এক মিনিট", "দুই বা তিন দিন", "আর একটা প্রশ্ন", "একশো নিরানব্বই টাকা"],
  },
  {
    language: "Tamil",
    numbers: [
      ["என் எண் ஒன்பது எட்டு நான்கு ஐந்து", "என் எண் பூஜ்ஜியம் பூஜ்ஜியம் பூஜ்ஜியம் பூஜ்ஜியம்"],
      ["ஆறு ஏழு நாலு அஞ்சு", "பூஜ்ஜியம் பூஜ்ஜியம் பூஜ்ஜியம் பூஜ்ஜியம்"],
      ["தொண்ணூற்றெட்டு நாற்பத்தைந்து", "பூஜ்ஜியம் பூஜ்ஜியம்"],
      ["தொண்ணூற்றி எட்டு நாற்பத்தி ஐந்து", "பூஜ்ஜியம் பூஜ்ஜியம் பூஜ்ஜியம் பூஜ்ஜியம்"],
      ["நைன் எய்ட் ஃபோர் ஃபைவ்", "ஜீரோ ஜீரோ ஜீரோ ஜீரோ"],
    ],
    stays: ["ஒரு நிமிடம்", "இரண்டு அல்லது மூன்று நாட்கள்", "ஆறு மணிக்கு", "இருபத்தி ஐந்து ரூபாய்"],
  },
  {
    language: "Telugu",
    numbers: [
      ["నా నంబర్ తొమ్మిది ఎనిమిది నాలుగు ఐదు", "నా నంబర్ సున్నా సున్నా సున్నా సున్నా"],
      ["ఒకటి రెండు మూడు అయిదు", "సున్నా సున్నా సున్నా సున్నా"],
      ["తొంభై ఎనిమిది నలభై ఐదు", "సున్నా సున్నా సున్నా సున్నా"],
      ["డబుల్ నైన్ ఫోర్ ఫైవ్", "డబుల్ జీరో జీరో జీరో"],
    ],
    stays: ["ఒక్క నిమిషం", "రెండు లేదా మూడు రోజులు", "ఏడు గంటలకు", "ఇరవై ఐదు రూపాయలు"],
  },
  {
    language: "Kannada",
    numbers: [
      ["ನನ್ನ ನಂಬರ್ ಒಂಬತ್ತು ಎಂಟು ನಾಲ್ಕು ಐದು", "ನನ್ನ ನಂಬರ್ ಸೊನ್ನೆ ಸೊನ್ನೆ ಸೊನ್ನೆ ಸೊನ್ನೆ"],
      ["ಆರು ಏಳು ಮೂರು ಎರಡು", "ಸೊನ್ನೆ ಸೊನ್ನೆ ಸೊನ್ನೆ ಸೊನ್ನೆ"],
      ["ತೊಂಬತ್ತೆಂಟು ನಲವತ್ತೈದು", "ಸೊನ್ನೆ ಸೊನ್ನೆ"],
      ["ನೈನ್ ಏಟ್ ಫೋರ್ ಫೈವ್", "ಝೀರೋ ಝೀರೋ ಝೀರೋ ಝೀರೋ"],
    ],
    stays: ["ಒಂದು ನಿಮಿಷ", "ಎರಡು ಅಥವಾ ಮೂರು ದಿನ", "ಇಪ್ಪತ್ತೈದು ರೂಪಾಯಿ"],
  },
  {
    language: "Malayalam",
    numbers: [
      ["എന്റെ നമ്പർ ഒമ്പത് എട്ട് നാല് അഞ്ച്", "എന്റെ നമ്പർ പൂജ്യം പൂജ്യം പൂജ്യം പൂജ്യം"],
      ["ഒൻപത് ഒന്‍പത് ഒമ്പത് രണ്ടു", "പൂജ്യം പൂജ്യം പൂജ്യം പൂജ്യം"],
      ["തൊണ്ണൂറ്റിയെട്ട് നാൽപത്തിയഞ്ച്", "പൂജ്യം പൂജ്യം"],
      ["നൈൻ ഫോർ ഫൈവ് സിക്സ്", "സീറോ സീറോ സീറോ സീറോ"],
    ],
    stays: ["ഒരു മിനിറ്റ്", "രണ്ടോ മൂന്നോ ദിവസം", "രണ്ട് ദിവസം", "ഇരുപത്തിയഞ്ച് രൂപ"],
  },
  {
    language: "Marathi",
    numbers: [
      ["माझा नंबर नऊ आठ चार पाच", "माझा नंबर शून्य शून्य शून्य शून्य"],
      ["सहा सात दोन एक", "शून्य शून्य शून्य शून्य"],
      ["अठ्ठ्याण्णव पंचेचाळीस", "शून्य शून्य"],
    ],
    stays: ["एक मिनिट", "दोन किंवा तीन दिवस", "आणखी एक प्रश्न", "पंचवीस रुपये"],
  },
  {
    language: "Gujarati",
    numbers: [
      ["મારો નંબર નવ આઠ ચાર પાંચ છે", "મારો નંબર શૂન્ય શૂન્ય શૂન્ય શૂન્ય છે"],
      ["એક બે ત્રણ છ", "શૂન્ય શૂન્ય શૂન્ય શૂન્ય"],
      ["અઠ્ઠાણું પિસ્તાલીસ", "શૂન્ય શૂન્ય"],
      ["નાઇન એઇટ ફોર ફાઇવ", "ઝીરો ઝીરો ઝીરો ઝીરો"],
    ],
    stays: ["એક મિનિટ", "બે કે ત્રણ દિવસ", "આ છે", "પચ્ચીસ રૂપિયા"],
  },
  {
    language: "Punjabi",
    numbers: [
      ["ਮੇਰਾ ਨੰਬਰ ਨੌਂ ਅੱਠ ਚਾਰ ਪੰਜ ਹੈ", "ਮੇਰਾ ਨੰਬਰ ਸਿਫ਼ਰ ਸਿਫ਼ਰ ਸਿਫ਼ਰ ਸਿਫ਼ਰ ਹੈ"],
      ["ਇੱਕ ਇਕ ਤਿੰਨ ਛੇ", "ਸਿਫ਼ਰ ਸਿਫ਼ਰ ਸਿਫ਼ਰ ਸਿਫ਼ਰ"],
      ["ਅਠਾਨਵੇਂ ਪੰਤਾਲੀ", "ਸਿਫ਼ਰ ਸਿਫ਼ਰ"],
      ["ਨਾਈਨ ਏਟ ਫੋਰ ਫਾਈਵ", "ਜ਼ੀਰੋ ਜ਼ੀਰੋ ਜ਼ੀਰੋ ਜ਼ੀਰੋ"],
    ],
    stays: ["ਇੱਕ ਮਿੰਟ", "ਦੋ ਜਾਂ ਤਿੰਨ ਦਿਨ", "ਪੱਚੀ ਰੁਪਏ"],
  },
  {
    language: "Odia",
    numbers: [
      ["ମୋ ନମ୍ବର ନଅ ଆଠ ଚାରି ପାଞ୍ଚ", "ମୋ ନମ୍ବର ଶୂନ୍ୟ ଶୂନ୍ୟ ଶୂନ୍ୟ ଶୂନ୍ୟ"],
      ["ଏକ ଦୁଇ ତିନି ଛଅ", "ଶୂନ୍ୟ ଶୂନ୍ୟ ଶୂନ୍ୟ ଶୂନ୍ୟ"],
      ["ଅଠାନବେ ପଇଁଚାଳିଶି", "ଶୂନ୍ୟ ଶୂନ୍ୟ"],
    ],
    stays: ["ଏକ ମିନିଟ", "ଦୁଇ କିମ୍ବା ତିନି ଦିନ", "ପଚିଶ ଟଙ୍କା"],
  },
];

describe.each(SPOKEN)("numbers said in $language", ({ numbers, stays }) => {
  test.each(numbers)("%s", (text, expected) => {
    expect(scrubbed(text)).toBe(expected);
    expect(scrubbed(text.normalize("NFD")).normalize()).toBe(expected.normalize());
  });
  test.each(stays)("%s stays", (text) => expect(scrubbed(text)).toBe(text));
});

test("nothing that an agent says of itself is taken for a number", () => {
  const texts = [BUILT_IN_GREETING, JSON.stringify(BUILT_IN_RULES), JSON.stringify(PHRASES)];
  for (const text of texts) expect(scrubbed(text)).toBe(text);
});

describe("names and addresses", () => {
  test.each([
    [
      ["Ramesh"],
      "ramesh, RAMESH! I am Ramesh's brother, not Rameshwar",
      "NameA, NameA! I am NameA's brother, not Rameshwar",
    ],
    [["Ramesh", "Kumar"], "Kumar Ramesh Kumar", "NameB NameA NameB"],
    [["Ramesh Kumar"], "Kumar Ramesh Kumar", "NameB NameA NameB"],
    [["राम"], "राम, रामू और आराम; राम।", "नामप, रामू और आराम; नामप।"],
    [["फ़रहान"], "फरहान और फ़रहान", "नामप और नामप"],
    [["चाँद", "नन्दा"], "चांद, नंदा और चाँदनी", "नामप, नामत और चाँदनी"],
    [["रमेश*"], "रमेशला, रमेश", "नामप, नामप"],
    [["கண்ணன்"], "கண்ணன் வந்தான், கண்ணனுக்கு", "பெயர்ப வந்தான், கண்ணனுக்கு"],
    [["അമൽ"], "അമല്\u200d വന്നു", "പേര്പ വന്നു"],
    [["O'Brien"], "mr o’brien", "mr NameA"],
    [["MH12AB1234"], "car MH12AB1234", "car NameA"],
  ])("%j in %s", (words, text, expected) => expect(scrubText(text, words)).toBe(expected));

  test("one name is one name in every text of a call", () => {
    const words = ["Ramesh", "रमेश", "Sita", "*"];
    expect(scrubText("Sita", words)).toBe("NameC");
    expect(scrubText("sita रमेश", words)).toBe("NameC नामत");
  });

  test.each([
    ["write to ramesh.k+1@gmail.com.", "write to name@example.com."],
    ["pay 9845012345@okaxis", "pay name@bank"],
    ["10 @ 20 and #@!", "10 @ 20 and #@!"],
  ])("%s", (text, expected) => expect(scrubbed(text)).toBe(expected));
});

const WORDS = [
  ...SPOKEN.flatMap(({ numbers, stays }) =>
    [...numbers.map(([text]) => text), ...stays].flatMap((it) => it.split(" ")),
  ),
  ...[
    "9",
    "98",
    "450",
    "१२",
    "+91",
    "(080)",
    "-",
    "...",
    "a@b.in",
    "Ramesh",
    "रमेश",
    "double",
    "ट्रिपल",
    "hundred",
    "सौ",
  ],
];

test("whatever is said: twice is once, no number is left, and every blank stays where it is", () => {
  const { next: chance } = seededDice(7);
  for (let round = 0; round < 3000; round++) {
    const text = Array.from({ length: 1 + chance() * 12 }, () => WORDS[Math.floor(chance() * WORDS.length)]).join(" ");
    const once = scrubText(text, ["Ramesh", "रमेश"]);
    expect(scrubText(once, ["Ramesh", "रमेश"]), text).toBe(once);
    expect(leaks(JSON.stringify({ text: once })), text).toEqual([]);
    // Told apart from the code under test: digits with whatever no letter is between them.
    expect(once.match(/[1-9](?:[\s.,/()+-]*\d){3}|\d(?:[\s.,/()+-]*\d){2,}[\s.,/()+-]*[1-9]/), text).toBeNull();
    expect(once.split(" ").length, text).toBe(text.split(" ").length);
  }
});
