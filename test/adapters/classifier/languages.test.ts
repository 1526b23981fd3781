import { createTypedArrayClassifier, defaultModelDir } from '../../../src/adapters/classifier/index.js';
import { createHtmlToText } from '../../../src/adapters/text/html-to-text.js';
import { createLanguageDetector } from '../../../src/adapters/text/language.js';
import { categorizeThreads } from '../../../src/domain/categorize/threads.js';
import { processThread, threadOfTexts } from '../../../src/domain/process/index.js';

/** Text to labels as in the pipeline, with the real detector and the shipped model. */
const tools = { detector: createLanguageDetector(), html: createHtmlToText() };
const classifier = createTypedArrayClassifier(defaultModelDir());
async function label(text: string) {
  const thread = threadOfTexts('1', [{ text, role: 'user' }]);
  const { facts } = processThread(thread, { source: 's', runId: 'r', ...tools });
  const [labelled] = await categorizeThreads([facts!], classifier, new AbortController().signal);
  return labelled!;
}

test.each([
  ['de', 'Guten Tag, meine Bestellung ist seit zwei Wochen nicht angekommen, wo bleibt das Paket?'],
  ['fr', 'Bonjour, je voudrais être remboursé pour la commande que vous avez annulée hier.'],
  ['es', 'Buenas tardes, necesito cambiar la dirección de entrega de mi último pedido.'],
  ['it', 'Vorrei sapere perché la mia carta di credito è stata addebitata due volte.'],
  ['pt', 'Gostaria de cancelar a minha assinatura antes que ela seja renovada no mês que vem.'],
  ['nl', 'Ik kan niet meer inloggen op mijn account, kunt u mij alstublieft helpen?'],
  ['pl', 'Dzień dobry, chciałbym zwrócić buty, które kupiłem u państwa w zeszłym tygodniu.'],
  ['sv', 'Hej, jag skulle vilja boka om min tid till nästa vecka om det går bra.'],
  ['tr', 'Merhaba, faturamı nereden indirebileceğimi öğrenmek istiyorum, yardımcı olur musunuz?'],
  ['ru', 'Здравствуйте, где мой заказ? Я жду его уже вторую неделю.'],
  ['ar', 'مرحبا، أريد استرداد المبلغ الذي دفعته مقابل هذا الطلب.'],
  ['hi', 'नमस्ते, मेरा ऑर्डर अभी तक नहीं आया है, कृपया मदद करें।'],
  ['zh', '你好，我想退货，请问怎么办理？'],
  ['ja', 'こんにちは、注文した商品がまだ届いていません。'],
  ['ko', '안녕하세요, 주문을 취소하고 환불을 받고 싶습니다.'],
])('a request in %s is unknown, because of its language', async (_, text) => {
  const { conversation, categories } = await label(text);
  expect(conversation).toMatchObject({
    topic: 'unknown',
    intent: 'unknown',
    sentiment: 'unknown',
    sentiment_score: null,
  });
  expect(new Set(categories.map(({ reason }) => reason))).toEqual(new Set(['language']));
});

test('the same in English has labels', async () => {
  const { conversation } = await label('Hello, my order has not arrived for two weeks, where is my parcel?');
  expect(conversation).toMatchObject({ topic: 'shipping_delivery', intent: 'track_order' });
});
