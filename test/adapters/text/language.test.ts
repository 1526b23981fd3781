import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createLanguageDetector } from '../../../src/adapters/text/language.js';
import { DETECTED_LANGUAGES } from '../../../src/adapters/text/ngram-table.js';

const detector = createLanguageDetector();

describe('language', () => {
  it.each([
    ['en', 'I would like to know where my parcel is'],
    ['de', 'Ich möchte wissen, wo mein Paket bleibt'],
    ['es', 'Quisiera saber dónde está mi paquete'],
    ['fr', 'Je voudrais savoir où se trouve mon colis'],
    ['it', 'Vorrei sapere dove si trova il mio pacco'],
    ['nl', 'Ik zou graag willen weten waar mijn pakket is'],
    ['pl', 'Chciałbym wiedzieć, gdzie jest moja paczka'],
    ['pt', 'Gostaria de saber onde está a minha encomenda'],
    ['sv', 'Jag skulle vilja veta var mitt paket är'],
    ['tr', 'Paketimin nerede olduğunu öğrenmek istiyorum'],
    ['ar', 'أود أن أعرف أين هي شحنتي'],
    ['hi', 'मैं जानना चाहता हूँ कि मेरा पार्सल कहाँ है'],
    ['ru', 'Я хотел бы узнать, где моя посылка'],
    ['ja', '荷物がどこにあるか知りたいです'],
    ['ko', '제 소포가 어디에 있는지 알고 싶습니다'],
    ['zh', '我想知道我的包裹在哪里'],
    ['ja', 'iPhoneの注文が届きません'],
  ])('%s: %s', (language, text) => {
    const reading = detector.detect(text);
    expect(reading?.language).toBe(language);
    expect(reading?.confidence).toBeGreaterThan(0.8);
    expect(reading?.confidence).toBeLessThanOrEqual(1);
  });
  it.each([
    ['nothing', ''],
    ['no letters', '12:30 – 5 € 👍'],
    ['too few letters', 'ok'],
    ['Greek', 'Θα ήθελα να μάθω πού είναι το δέμα μου'],
    ['Thai', 'ฉันอยากทราบว่าพัสดุของฉันอยู่ที่ไหน'],
    ['Hebrew', 'אני רוצה לדעת איפה החבילה שלי'],
    ['Ukrainian', 'Я хотів би дізнатися, де моя посилка'],
    ['Persian', 'می‌خواهم بدانم بسته من کجاست'],
  ])('is null for %s', (_, text) => {
    expect(detector.detect(text)).toBeNull();
  });
  it('is less sure of less text', () => {
    const short = detector.detect('hola amigo')?.confidence ?? 0;
    const long =
      detector.detect('hola amigo, no sé dónde está mi paquete y quisiera una respuesta')?.confidence ?? 0;
    expect(short).toBeLessThan(long);
    expect(detector.detect('東京')?.confidence).toBeLessThan(0.9);
  });
  it('reads only the beginning of long texts', () => {
    const started = performance.now();
    detector.detect('the quick brown fox jumps over the lazy dog '.repeat(100_000));
    expect(performance.now() - started).toBeLessThan(1000);
  });
});

// Public samples of 16 languages, one text a line in <language>.<kind>.txt; not part of the repository.
const samples = process.env.LANGUAGE_SAMPLES ?? '';
const withSamples = samples !== '' && existsSync(samples) ? describe : describe.skip;
withSamples('accuracy on public samples', () => {
  it.each([
    ['sentences', 0.995],
    ['word-pairs', 0.93],
    ['single-words', 0.8],
  ])('%s: at least %p', (kind, least) => {
    let right = 0;
    let total = 0;
    for (const language of DETECTED_LANGUAGES) {
      const lines = readFileSync(join(samples, `${language}.${kind}.txt`), 'utf8')
        .trim()
        .split('\n');
      total += lines.length;
      right += lines.filter((line) => detector.detect(line)?.language === language).length;
    }
    expect(right / total).toBeGreaterThan(least);
  });
});
