/**
 * How a language counts: words apart by spaces, spellings of one word by slashes. The first zero is what stands for every digit
 * that was masked. Long words (`pairs`, `tens`, `grown`) need one spelling only, see `looseFold`.
 */
export type Lexicon = {
  readonly zero: string;
  readonly units: string;
  readonly pairs?: string;
  readonly tens?: string;
  /** Beginnings of 20 to 99 where a unit grows onto the tens. */
  readonly grown?: string;
  readonly hundred?: string;
  readonly double?: string;
  readonly triple?: string;
};

const ENGLISH: readonly Lexicon[] = [
  {
    zero: "zero oh o nil nought naught",
    units: "one two three four five six seven eight nine",
    pairs: "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen",
    tens: "twenty thirty forty/fourty fifty sixty seventy eighty ninety",
    hundred: "hundred",
    double: "double",
    triple: "triple",
  },
  // English digits as callers of all languages say them, in the script their words are written down in.
  {
    zero: "ज़ीरो ज़िरो ओ",
    units: "वन टू/टु थ्री/थ्रि फोर फाइव/फाईव सिक्स सेवन/सेवेन/सेव्हन एट/ऐट नाइन/नाईन",
    pairs: "टेन इलेवन/एलेवन ट्वेल्व थर्टीन फोर्टीन/फॉर्टीन फिफ्टीन सिक्सटीन सेवेंटीन/सेवनटीन एटीन नाइनटीन/नाइंटीन",
    tens: "ट्वेंटी थर्टी फोर्टी/फॉर्टी फिफ्टी सिक्सटी सेवेंटी/सेवनटी एटी नाइनटी/नाइंटी",
    hundred: "हंड्रेड",
    double: "डबल",
    triple: "ट्रिपल/ट्रिप्पल",
  },
  { zero: "জিরো", units: "ওয়ান টু থ্রি/থ্রী ফোর ফাইভ সিক্স সেভেন এইট নাইন", double: "ডাবল/ডবল", triple: "ট্রিপল/ট্রিপেল" },
  {
    zero: "ஜீரோ சீரோ ஸீரோ",
    units: "ஒன்/வன் டூ/டு த்ரீ/திரீ/திரி ஃபோர்/போர் ஃபைவ்/பைவ் சிக்ஸ் செவன்/செவென் எய்ட்/ஏட் நைன்",
    double: "டபுள்/டபிள்",
    triple: "ட்ரிபிள்/டிரிபிள்",
  },
  {
    zero: "జీరో",
    units: "వన్ టూ/టు త్రీ ఫోర్ ఫైవ్ సిక్స్ సెవెన్/సెవన్ ఎయిట్/ఏట్ నైన్",
    double: "డబుల్/డబల్",
    triple: "ట్రిపుల్/ట్రిపల్",
  },
  {
    zero: "ಝೀರೋ ಜೀರೋ ಜೀರೊ",
    units: "ಒನ್/ವನ್ ಟೂ/ಟು ತ್ರೀ ಫೋರ್ ಫೈವ್ ಸಿಕ್ಸ್ ಸೆವೆನ್/ಸೆವನ್ ಎಯ್ಟ್/ಏಟ್ ನೈನ್",
    double: "ಡಬಲ್",
    triple: "ಟ್ರಿಪಲ್",
  },
  { zero: "സീറോ", units: "വൺ ടൂ/ടു ത്രീ ഫോർ ഫൈവ് സിക്സ് സെവൻ എയ്റ്റ്/ഏയ്റ്റ് നൈൻ", double: "ഡബിൾ", triple: "ട്രിപ്പിൾ/ട്രിപിൾ" },
  { zero: "ઝીરો", units: "વન ટુ/ટૂ થ્રી ફોર ફાઇવ/ફાઈવ સિક્સ સેવન એઇટ/એટ નાઇન/નાઈન", double: "ડબલ", triple: "ટ્રિપલ" },
  { zero: "ਜ਼ੀਰੋ", units: "ਵਨ ਟੂ ਥ੍ਰੀ ਫੋਰ ਫਾਈਵ/ਫਾਇਵ ਸਿਕਸ ਸੈਵਨ/ਸੇਵਨ ਏਟ ਨਾਈਨ/ਨਾਇਨ", double: "ਡਬਲ", triple: "ਟ੍ਰਿਪਲ" },
  {
    zero: "ଜିରୋ ଜୀରୋ",
    units: "ୱାନ/ୱାନ୍ ଟୁ ଥ୍ରି/ଥ୍ରୀ ଫୋର/ଫୋର୍ ଫାଇଭ/ଫାଇଭ୍ ସିକ୍ସ/ସିକ୍ସ୍ ସେଭେନ/ସେଭେନ୍ ଏଟ/ଏଟ୍/ଏଇଟ୍ ନାଇନ/ନାଇନ୍",
    double: "ଡବଲ/ଡବଲ୍",
    triple: "ଟ୍ରିପଲ/ଟ୍ରିପଲ୍",
  },
];

const HINDI: Lexicon = {
  zero: "शून्य सिफ़र",
  units: "एक दो तीन चार पाँच/पाच छह/छः/छे/छै/छ सात आठ नौ",
  pairs: `दस ग्यारह बारह तेरह चौदह पंद्रह सोलह सत्रह अठारह उन्नीस
    बीस इक्कीस बाईस तेईस चौबीस पच्चीस छब्बीस सत्ताईस अट्ठाईस उनतीस/उन्तीस
    तीस इकतीस बत्तीस तैंतीस चौंतीस पैंतीस छत्तीस सैंतीस अड़तीस उनतालीस/उन्तालीस
    चालीस इकतालीस बयालीस तैंतालीस चौवालीस/चवालीस/चौंतालीस पैंतालीस छियालीस/छयालीस सैंतालीस अड़तालीस उनचास/उन्चास
    पचास इक्यावन बावन तिरपन/तिरेपन चौवन/चौअन पचपन छप्पन सत्तावन अट्ठावन उनसठ/उन्सठ
    साठ इकसठ बासठ तिरसठ/तिरेसठ चौंसठ पैंसठ छियासठ/छयासठ सड़सठ/सरसठ अड़सठ उनहत्तर/उन्हत्तर
    सत्तर इकहत्तर बहत्तर तिहत्तर चौहत्तर पचहत्तर छिहत्तर सतहत्तर अठहत्तर उन्यासी/उनासी
    अस्सी इक्यासी बयासी तिरासी चौरासी पचासी छियासी सत्तासी अट्ठासी नवासी
    नब्बे इक्यानवे बानवे तिरानवे/तिरान्बे चौरानवे/चौरान्बे पचानवे/पचान्बे छियानवे/छियान्बे सत्तानवे/सत्तान्बे
    अट्ठानवे/अट्ठान्बे निन्यानवे/निन्नानवे/निन्यान्बे`,
  hundred: "सौ",
};

const HINDI_IN_LATIN: Lexicon = {
  zero: "shunya shoonya sunya sifar jiro",
  units:
    "ek/aik do teen/tin char/chaar paanch/panch/paach/pach chhah/chhe/chhai/chha/chah/cheh/che/chai saat/sat aath/ath/aat nau/nou",
  pairs: `das/dus gyarah/gyaarah barah/baarah terah chaudah/choudah pandrah/pandreh solah/sola satrah/satra atharah/athara unnis
    bees ikkis bais/baees teis/teyis/tees chaubis/choubis pachis chhabbis sattais athais/atthais untis/unattis
    tees ikattis/iktis battis taintis/tentis chauntis/chautis paintis chhattis saintis adtis/artis untalis
    chalis/chaalis iktalis bayalis taintalis/tentalis chauvalis/chavalis/chautalis paintalis chhiyalis saintalis adtalis/artalis unchas
    pachas/pachaas ikyavan bavan/baavan tirpan chauvan pachpan chhappan sattavan atthavan/athavan unsath
    saath/sath iksath basath/baasath tirsath chaunsath/chausath painsath chhiyasath sadsath/sarsath adsath/arsath unhattar
    sattar ikhattar/ikahattar bahattar tihattar chauhattar pachhattar/pachattar chhihattar sathattar athhattar/athattar unyasi/unasi
    assi ikyasi bayasi tirasi chaurasi pachasi chhiyasi sattasi atthasi/athasi navasi
    nabbe/navve ikyanve/ikyanbe banve/baanve/banbe tiranve/tiranbe chauranve/chauranbe pachanve/panchanve/pachanbe
    chhiyanve/chhiyanbe sattanve/sattanbe atthanve/athanve/atthanbe ninyanve/ninyanbe/ninanve`,
  hundred: "sau",
};

const MARATHI: Lexicon = {
  zero: "शून्य",
  units: "एक दोन तीन चार पाच सहा सात आठ नऊ/नउ",
  pairs: `दहा अकरा बारा तेरा चौदा पंधरा सोळा सतरा अठरा एकोणीस/एकोणवीस
    वीस एकवीस बावीस तेवीस चोवीस पंचवीस सव्वीस/सहावीस सत्तावीस अठ्ठावीस एकोणतीस
    तीस एकतीस बत्तीस तेहेतीस/तेहतीस/तेत्तीस चौतीस पस्तीस छत्तीस सदतीस/सदोतीस अडतीस/अडोतीस एकोणचाळीस
    चाळीस एक्केचाळीस बेचाळीस त्रेचाळीस चव्वेचाळीस/चौवेचाळीस पंचेचाळीस सेहेचाळीस/शेहेचाळीस/सेचाळीस सत्तेचाळीस अठ्ठेचाळीस एकोणपन्नास
    पन्नास एक्कावन्न बावन्न त्रेपन्न चोपन्न पंचावन्न छप्पन्न सत्तावन्न अठ्ठावन्न एकोणसाठ
    साठ एकसष्ट बासष्ट त्रेसष्ट चौसष्ट पासष्ट सहासष्ट सदुसष्ट/सदसष्ट अडुसष्ट/अडसष्ट एकोणसत्तर
    सत्तर एकाहत्तर बाहत्तर/बहात्तर त्र्याहत्तर चौऱ्याहत्तर पंचाहत्तर/पंच्याहत्तर शहात्तर/शाहत्तर सत्याहत्तर अठ्ठ्याहत्तर एकोणऐंशी
    ऐंशी एक्याऐंशी ब्याऐंशी त्र्याऐंशी चौऱ्याऐंशी पंच्याऐंशी/पंचाऐंशी शहाऐंशी/सह्याऐंशी/सह्यांशी सत्त्याऐंशी/सत्तेऐंशी अठ्ठ्याऐंशी एकोणनव्वद
    नव्वद एक्याण्णव ब्याण्णव त्र्याण्णव चौऱ्याण्णव पंच्याण्णव/पंचाण्णव शहाण्णव सत्त्याण्णव अठ्ठ्याण्णव नव्याण्णव`,
  hundred: "शंभर शे एकशे दोनशे",
};

const GUJARATI: Lexicon = {
  zero: "શૂન્ય",
  units: "એક બે ત્રણ ચાર પાંચ છ સાત આઠ નવ",
  pairs: `દસ અગિયાર/અગ્યાર બાર તેર ચૌદ પંદર સોળ સત્તર અઢાર ઓગણીસ
    વીસ એકવીસ બાવીસ ત્રેવીસ/તેવીસ ચોવીસ પચ્ચીસ છવ્વીસ સત્તાવીસ/સત્યાવીસ અઠ્ઠાવીસ/અઠ્યાવીસ ઓગણત્રીસ
    ત્રીસ એકત્રીસ બત્રીસ તેત્રીસ ચોત્રીસ પાંત્રીસ છત્રીસ સાડત્રીસ/સડત્રીસ આડત્રીસ/અડત્રીસ ઓગણચાલીસ
    ચાલીસ એકતાલીસ બેતાલીસ ત્રેતાલીસ/તેતાલીસ ચુમ્માલીસ પિસ્તાલીસ છેતાલીસ સુડતાલીસ અડતાલીસ ઓગણપચાસ
    પચાસ એકાવન બાવન ત્રેપન ચોપન પંચાવન છપ્પન સત્તાવન અઠ્ઠાવન ઓગણસાઠ/ઓગણસાઈઠ
    સાઠ/સાઈઠ એકસઠ બાસઠ ત્રેસઠ ચોસઠ પાંસઠ છાસઠ સડસઠ અડસઠ ઓગણોસિત્તેર/અગણોસિત્તેર/ઓગણસિત્તેર
    સિત્તેર એકોતેર બોતેર તોતેર ચુમ્મોતેર પંચોતેર છોતેર સિત્યોતેર/સત્યોતેર ઇઠ્યોતેર/અઠ્યોતેર ઓગણએંસી/ઓગણાએંસી
    એંસી એક્યાસી બ્યાસી ત્યાસી ચોર્યાસી પંચાસી/પંચ્યાસી છ્યાસી સત્યાસી/સિત્યાસી અઠ્યાસી/ઇઠ્યાસી નેવ્યાસી
    નેવું એકાણું બાણું ત્રાણું ચોરાણું પંચાણું છન્નું સત્તાણું અઠ્ઠાણું નવ્વાણું`,
  hundred: "સો એકસો બસો",
};

const PUNJABI: Lexicon = {
  zero: "ਸਿਫ਼ਰ ਸ਼ੂਨ੍ਯ",
  units: "ਇੱਕ ਦੋ ਤਿੰਨ ਚਾਰ ਪੰਜ ਛੇ/ਛੈ ਸੱਤ ਅੱਠ ਨੌਂ/ਨੌ",
  pairs: `ਦਸ ਗਿਆਰਾਂ ਬਾਰਾਂ ਤੇਰਾਂ ਚੌਦਾਂ ਪੰਦਰਾਂ ਸੋਲਾਂ ਸਤਾਰਾਂ ਅਠਾਰਾਂ ਉੱਨੀ
    ਵੀਹ ਇੱਕੀ ਬਾਈ ਤੇਈ ਚੌਵੀ ਪੱਚੀ/ਪੰਝੀ ਛੱਬੀ ਸਤਾਈ ਅਠਾਈ ਉਨੱਤੀ
    ਤੀਹ ਇਕੱਤੀ ਬੱਤੀ ਤੇਤੀ ਚੌਂਤੀ ਪੈਂਤੀ ਛੱਤੀ ਸੈਂਤੀ ਅਠੱਤੀ ਉਨਤਾਲੀ
    ਚਾਲੀ ਇਕਤਾਲੀ ਬਿਆਲੀ/ਬਤਾਲੀ ਤਰਤਾਲੀ/ਤਿਰਤਾਲੀ ਚੁਤਾਲੀ/ਚੌਤਾਲੀ/ਚੁਆਲੀ ਪੰਤਾਲੀ/ਪਨਤਾਲੀ/ਪੰਜਤਾਲੀ/ਪੈਂਤਾਲੀ ਛਿਆਲੀ ਸੰਤਾਲੀ/ਸਨਤਾਲੀ/ਸੈਂਤਾਲੀ ਅਠਤਾਲੀ ਉਨੰਜਾ/ਉਣਿੰਜਾ
    ਪੰਜਾਹ ਇਕਵੰਜਾ/ਇਕਵਿੰਜਾ ਬਵੰਜਾ/ਬਵਿੰਜਾ ਤਰਵੰਜਾ/ਤਰਵਿੰਜਾ/ਤਿਰਵੰਜਾ ਚੁਰੰਜਾ/ਚਰਵੰਜਾ/ਚਰਿੰਜਾ/ਚੁਰਿੰਜਾ ਪਚਵੰਜਾ/ਪਚਵਿੰਜਾ ਛਪੰਜਾ/ਛਪਿੰਜਾ ਸਤਵੰਜਾ/ਸਤਵਿੰਜਾ
    ਅਠਵੰਜਾ/ਅਠਵਿੰਜਾ ਉਨਾਹਠ/ਉਨਾਹਟ/ਉਣਾਠ
    ਸੱਠ ਇਕਾਹਠ/ਇਕਾਠ ਬਾਹਠ/ਬਾਠ ਤਰੇਹਠ/ਤਰੇਠ ਚੌਂਹਠ/ਚੌਠ ਪੈਂਹਠ/ਪੈਂਠ ਛਿਆਹਠ/ਛਿਆਠ ਸਤਾਹਠ/ਸਤਾਠ ਅਠਾਹਠ/ਅਠਾਠ ਉਨੱਤਰ/ਉਨਹੱਤਰ
    ਸੱਤਰ ਇਕਹੱਤਰ/ਇਕੱਤਰ ਬਹੱਤਰ ਤਿਹੱਤਰ/ਤਹੱਤਰ ਚੁਹੱਤਰ/ਚਹੱਤਰ/ਚੌਹੱਤਰ ਪਚੱਤਰ/ਪਚਹੱਤਰ/ਪੰਜੱਤਰ ਛਿਹੱਤਰ/ਛਿਅੱਤਰ ਸਤੱਤਰ/ਸਤਹੱਤਰ ਅਠੱਤਰ/ਅਠਹੱਤਰ ਉਨਾਸੀ
    ਅੱਸੀ ਇਕਾਸੀ/ਇਕਆਸੀ ਬਿਆਸੀ ਤਿਰਾਸੀ/ਤਰਾਸੀ/ਤਿਆਸੀ ਚੌਰਾਸੀ/ਚੁਰਾਸੀ/ਚਰਾਸੀ ਪਚਾਸੀ/ਪੰਜਾਸੀ ਛਿਆਸੀ ਸਤਾਸੀ ਅਠਾਸੀ ਉਨਾਨਵੇਂ/ਉਨੱਨਵੇਂ/ਨਵਾਸੀ
    ਨੱਬੇ ਇਕਾਨਵੇਂ/ਇੱਕਨਵੇ ਬਾਨਵੇਂ/ਬਿਆਨਵੇਂ/ਬੱਨਵੇ ਤਿਰਾਨਵੇਂ/ਤਰਾਨਵੇਂ/ਤਰੱਨਵੇ ਚੁਰਾਨਵੇਂ/ਚੌਰਾਨਵੇਂ/ਚਰਾਨਵੇਂ/ਚਰੱਨਵੇ ਪਚਾਨਵੇਂ/ਪਚੱਨਵੇ ਛਿਆਨਵੇਂ/ਛਿਅੱਨਵੇ
    ਸਤਾਨਵੇਂ/ਸਤੱਨਵੇ ਅਠਾਨਵੇਂ/ਅਠੱਨਵੇ ਨਿੜਾਨਵੇਂ/ਨਿੰਨਾਨਵੇਂ/ਨੜਿੱਨਵੇ`,
  hundred: "ਸੌ",
};

const BENGALI: Lexicon = {
  zero: "শূন্য",
  units: "এক দুই/দু তিন চার পাঁচ/পাচ ছয়/ছ সাত আট নয়",
  pairs: `দশ এগারো/এগার বারো/বার তেরো/তের চৌদ্দ পনেরো/পনের ষোলো/ষোল সতেরো/সতের আঠারো/আঠার উনিশ
    বিশ/কুড়ি একুশ বাইশ তেইশ চব্বিশ পঁচিশ ছাব্বিশ সাতাশ আঠাশ উনত্রিশ/উনতিরিশ
    ত্রিশ/তিরিশ একত্রিশ/একতিরিশ বত্রিশ/বতিরিশ তেত্রিশ/তেতিরিশ চৌত্রিশ/চৌতিরিশ পঁয়ত্রিশ/পঁয়তিরিশ ছত্রিশ/ছতিরিশ সাঁইত্রিশ/সাঁইতিরিশ আটত্রিশ/আটতিরিশ উনচল্লিশ
    চল্লিশ একচল্লিশ বিয়াল্লিশ তেতাল্লিশ চুয়াল্লিশ পঁয়তাল্লিশ ছেচল্লিশ সাতচল্লিশ আটচল্লিশ উনপঞ্চাশ
    পঞ্চাশ একান্ন বাহান্ন/বায়ান্ন তিপ্পান্ন চুয়ান্ন পঞ্চান্ন ছাপ্পান্ন সাতান্ন আটান্ন উনষাট
    ষাট একষট্টি বাষট্টি তেষট্টি চৌষট্টি পঁয়ষট্টি ছেষট্টি সাতষট্টি আটষট্টি উনসত্তর
    সত্তর একাত্তর বাহাত্তর তিয়াত্তর চুয়াত্তর পঁচাত্তর ছিয়াত্তর সাতাত্তর আটাত্তর উনআশি
    আশি একাশি বিরাশি তিরাশি চুরাশি পঁচাশি ছিয়াশি সাতাশি আটাশি/অষ্টআশি/অষ্টাশি উননব্বই
    নব্বই একানব্বই বিরানব্বই তিরানব্বই চুরানব্বই পঁচানব্বই ছিয়ানব্বই সাতানব্বই আটানব্বই নিরানব্বই`,
  hundred: "শো শ একশো একশ",
};

const ODIA: Lexicon = {
  zero: "ଶୂନ୍ୟ ଶୁନ୍ୟ",
  units: "ଏକ ଦୁଇ ତିନି ଚାରି/ଚାର ପାଞ୍ଚ ଛଅ/ଛ ସାତ ଆଠ ନଅ",
  pairs: `ଦଶ ଏଗାର ବାର ତେର ଚଉଦ ପନ୍ଦର ଷୋହଳ ସତର ଅଠର ଉଣେଇଶ/ଊଣାଇଶ
    କୋଡ଼ିଏ ଏକୋଇଶ ବାଇଶ ତେଇଶ ଚବିଶ/ଚଉବିଶ ପଚିଶ ଛବିଶ ସତାଇଶ ଅଠାଇଶ ଅଣତିରିଶ/ଅଣତ୍ରିଶ
    ତିରିଶ/ତ୍ରିଶ ଏକତିରିଶ/ଏକତ୍ରିଶ ବତିଶ/ବତ୍ରିଶ ତେତିଶ/ତେତ୍ରିଶ ଚଉତିରିଶ/ଚଉତ୍ରିଶ/ଚୌତ୍ରିଶ ପଞ୍ଚତିରିଶ/ପଇଁତିରିଶ/ପଇଁତ୍ରିଶ ଛତିଶ/ଛତ୍ରିଶ ସଇଁତିରିଶ/ସଇଁତ୍ରିଶ ଅଠତିରିଶ/ଅଠତ୍ରିଶ ଅଣଚାଳିଶ
    ଚାଳିଶ ଏକଚାଳିଶ ବୟାଳିଶ ତେୟାଳିଶ ଚଉରାଳିଶ/ଚଉଚାଳିଶ ପଇଁଚାଳିଶ/ପଞ୍ଚଚାଳିଶ ଛୟାଳିଶ ସତଚାଳିଶ ଅଠଚାଳିଶ ଅଣଚାଶ
    ପଚାଶ ଏକାବନ ବାଉନ ତେପନ ଚଉବନ ପଞ୍ଚାବନ ଛପନ ସତାବନ ଅଠାବନ ଅଣଷଠି
    ଷାଠିଏ/ଷାଠି ଏକଷଠି ବାଷଠି ତେଷଠି ଚଉଷଠି ପଞ୍ଚଷଠି/ପଇଁଷଠି ଛଅଷଠି ସତଷଠି ଅଠଷଠି ଅଣସ୍ତରି
    ସତୁରି ଏକସ୍ତରି ବାସ୍ତରି ତେସ୍ତରି ଚଉସ୍ତରି ପଞ୍ଚସ୍ତରି ଛଅସ୍ତରି ସତସ୍ତରି ଅଠସ୍ତରି ଅଣାଅଶୀ
    ଅଶୀ ଏକାଅଶୀ ବୟାଅଶୀ ତେୟାଅଶୀ ଚଉରାଅଶୀ ପଞ୍ଚାଅଶୀ ଛୟାଅଶୀ ସତାଅଶୀ ଅଠାଅଶୀ ଅଣାନବେ
    ନବେ ଏକାନବେ ବୟାନବେ ତେୟାନବେ ଚଉରାନବେ ପଞ୍ଚାନବେ ଛୟାନବେ ସତାନବେ ଅଠାନବେ ଅନେଶତ`,
  hundred: "ଶହ ଶହେ",
};

const TAMIL: Lexicon = {
  zero: "பூஜ்ஜியம் பூஜ்யம் சுழியம் சைபர்",
  units: "ஒன்று/ஒன்னு/ஒண்ணு இரண்டு/ரெண்டு/இரெண்டு மூன்று/மூணு/மூனு நான்கு/நாலு ஐந்து/அஞ்சு/ஐஞ்சு ஆறு ஏழு எட்டு ஒன்பது/ஒம்போது/ஒன்போது",
  pairs: `பத்து பதினொன்று/பதினொன்னு பன்னிரண்டு/பன்னிரெண்டு/பன்னெண்டு/பன்னண்டு பதிமூன்று/பதிமூணு பதினான்கு/பதினாலு பதினைந்து/பதினஞ்சு
    பதினாறு பதினேழு பதினெட்டு பத்தொன்பது/பத்தொம்போது`,
  grown: "இருபத இருவத முப்பத நாற்பத நாப்பத ஐம்பத அம்பத அறுபத அறுவத எழுபத எழுவத எண்பத தொண்ணூற தொண்ணூத தொன்ணூற",
  hundred: "நூறு நூற்று நூற்றி நூத்தி",
};

const TELUGU: Lexicon = {
  zero: "సున్నా సున్న",
  units: "ఒకటి/ఒక్కటి రెండు మూడు నాలుగు ఐదు/అయిదు ఆరు ఏడు ఎనిమిది/ఎనిమ్మిది తొమ్మిది",
  pairs: `పది పదకొండు పన్నెండు పదమూడు పద్నాలుగు/పదునాలుగు పదిహేను/పదిహైదు/పదహైదు పదహారు/పదిహారు పదిహేడు పద్దెనిమిది పంతొమ్మిది/పందొమ్మిది`,
  grown: "ఇరవ ముప్ప నలభ నలుబ యాభ అరవ ఆరవ డెబ్బ ఎనభ తొంభ",
  hundred: "వంద నూరు నూట",
};

const KANNADA: Lexicon = {
  zero: "ಸೊನ್ನೆ ಶೂನ್ಯ",
  units: "ಒಂದು ಎರಡು ಮೂರು ನಾಲ್ಕು/ನಾಕು/ನಾಲಕ್ಕು ಐದು/ಅಯ್ದು ಆರು ಏಳು ಎಂಟು ಒಂಬತ್ತು/ಒಂಭತ್ತು",
  pairs: "ಹತ್ತು ಹನ್ನೊಂದು ಹನ್ನೆರಡು ಹದಿಮೂರು ಹದಿನಾಲ್ಕು ಹದಿನೈದು ಹದಿನಾರು ಹದಿನೇಳು ಹದಿನೆಂಟು ಹತ್ತೊಂಬತ್ತು",
  grown: "ಇಪ್ಪತ ಮೂವತ ನಲವತ ಐವತ ಅರವತ ಅರುವತ ಎಪ್ಪತ ಎಂಬತ ತೊಂಬತ",
  hundred: "ನೂರು ನೂರ ನೂರಾ",
};

const MALAYALAM: Lexicon = {
  zero: "പൂജ്യം ശൂന്യം",
  units: "ഒന്ന്/ഒന്നു രണ്ട്/രണ്ടു മൂന്ന്/മൂന്നു നാല്/നാലു അഞ്ച്/അഞ്ചു ആറ്/ആറു ഏഴ്/ഏഴു എട്ട്/എട്ടു ഒൻപത്/ഒൻപതു",
  pairs: `പത്ത്/പത്തു പതിനൊന്ന്/പതിനൊന്നു പന്ത്രണ്ട്/പന്ത്രണ്ടു പതിമൂന്ന്/പതിമൂന്നു പതിനാല്/പതിനാലു പതിനഞ്ച്/പതിനഞ്ചു
    പതിനാറ്/പതിനാറു പതിനേഴ്/പതിനേഴു പതിനെട്ട്/പതിനെട്ടു പത്തൊൻപത്/പത്തൊൻപതു`,
  grown: "ഇരുപത മുപ്പത നാൽപത അൻപത അറുപത എഴുപത എൺപത തൊണ്ണൂറ തോന്നൂറ",
  hundred: "നൂറ് നൂറു നൂറ്റി",
};

/** Units alone, as they are written by people without a keyboard for their script. */
const IN_LATIN: readonly Lexicon[] = [
  { zero: "shunno shunyo", units: "ek dui tin char pach/panch chhoy/choy/chhoi saat aat noy/noi" },
  {
    zero: "poojyam pujyam poojiyam",
    units:
      "onnu/ondru/onru rendu/irandu moonu/moondru naalu/nalu/naangu anju/ainthu aaru ezhu/yezhu ettu onbathu/ombathu",
  },
  {
    zero: "sunna sunnaa",
    units: "okati/okkati rendu moodu/mudu naalugu/nalugu aidu/aydu aaru edu/yedu enimidi/yenimidi tommidi/thommidi",
  },
  { zero: "sonne", units: "ondu eradu mooru/muru naalku/nalku aidu aaru elu/yelu entu/yentu ombattu/ombathu" },
  { zero: "poojyam", units: "onnu randu moonnu/munnu naalu anchu/anju aaru ezhu ettu ompathu/onpathu/ombathu" },
  { zero: "shunya", units: "ek don teen char paach saha saat aath nau/nav" },
  { zero: "shunya", units: "ek be tran char panch chha saat aath nav" },
  { zero: "sifar", units: "ikk/ik do tinn/tin char/chaar panj chhe satt/sat atth/ath naun/nau" },
  { zero: "shunya", units: "eka dui tini chari/chaari pancha chha sata aatha/atha" },
];

/** The first that knows a word has it. */
export const LEXICONS: readonly Lexicon[] = [
  ...ENGLISH,
  HINDI,
  HINDI_IN_LATIN,
  MARATHI,
  GUJARATI,
  PUNJABI,
  BENGALI,
  ODIA,
  TAMIL,
  TELUGU,
  KANNADA,
  MALAYALAM,
  ...IN_LATIN,
];
