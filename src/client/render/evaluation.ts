import type {
  ClassFigures,
  ConversationFigures,
  Evaluation,
  LabelledEvaluation,
} from '../../training/index.js';
import type { Colors } from './colors.js';
import { count, plural } from './format.js';
import { textTable } from './table.js';

const CONFUSIONS_SHOWN = 10;

/** `93.9`: the share in percent, with the digit that test sets of some thousand texts carry. */
function points(share: number): string {
  return (share * 100).toFixed(1);
}

/** Figures of a model on labelled texts. */
export function labelledLines(figures: LabelledEvaluation, colors: Colors): string[] {
  const { asLabelled, outOfScope } = figures;
  const mistakes = figures.confusion
    .filter(({ truth, answer }) => truth !== answer)
    .sort((a, b) => b.texts - a.texts)
    .slice(0, CONFUSIONS_SHOWN);
  return [
    `Model ${figures.modelVersion}, ${figures.task}: ${plural(figures.texts, 'text')} with a label that it knows.`,
    `  accuracy ${points(figures.accuracy)} %, macro F1 ${points(figures.macroF1)}, calibration error ${figures.calibrationError.toFixed(3)}`,
    `  as the pipeline labels: ${points(asLabelled.labelled)} % get a label, ${points(asLabelled.accuracyOfLabelled)} % of these the right one`,
    ...(outOfScope === null
      ? []
      : [
          `  out of scope, ${plural(outOfScope.texts, 'text')}: AUROC ${outOfScope.auroc.toFixed(3)}, ` +
            `recall ${points(outOfScope.recallAt95Kept)} % with 95 % of the others kept` +
            (outOfScope.byModel === null
              ? ''
              : `; by the model's own limit ${points(outOfScope.byModel.recall)} % with ${points(outOfScope.byModel.kept)} % kept`),
        ]),
    ...(mistakes.length === 0
      ? []
      : [
          '',
          ...textTable(
            ['TRUTH', 'ANSWER', 'TEXTS'],
            mistakes.map(({ truth, answer, texts }) => [truth, answer, count(texts)]),
            colors,
          ),
        ]),
  ];
}

function row(name: string, { texts, accuracy, macroF1 }: ClassFigures, more: string[] = []): string[] {
  return [name, count(texts), points(accuracy), points(macroF1), ...more];
}

/** Figures of the shipped model on the test splits of the public sets. */
export function datasetLines(figures: Evaluation, colors: Colors): string[] {
  const { unseen, sentiment, outOfScope, benchmarks } = figures;
  const ofTask = (task: 'topic' | 'intent'): string[][] => [
    ...Object.entries(figures[task]).map(([set, f]) =>
      row(`${task}, ${set}`, f, [f.calibrationError.toFixed(3)]),
    ),
    ...(unseen === null
      ? []
      : [row(`${task}, a set never trained on`, unseen[task], [unseen[task].calibrationError.toFixed(3)])]),
  ];
  return [
    ...textTable(
      ['', 'TEXTS', 'ACCURACY', 'MACRO F1', 'CALIBRATION ERROR'],
      [
        ...ofTask('topic'),
        ...ofTask('intent'),
        row('sentiment, goemotions', sentiment.goemotions),
        row('sentiment, hutto', sentiment.hutto),
        ...Object.entries(benchmarks ?? {}).map(([name, f]) => row(`benchmark ${name}`, f)),
      ],
      colors,
    ),
    `Out of scope: ${points(outOfScope.recall)} % found, ${points(outOfScope.falseAlarms)} % of the others taken for it.`,
  ];
}

/** Figures on whole conversations. */
export function conversationLines(
  { conversations, messages }: ConversationFigures,
  colors: Colors,
): string[] {
  return textTable(
    ['', 'TEXTS', 'ACCURACY', 'MACRO F1'],
    [
      row('topic of conversations', conversations.topic),
      row('primary intent of conversations', conversations.intent),
      row('intent of messages', messages.intent),
      row('the same, told by the message alone', messages.intentByItself),
      row('sentiment of messages, five labels', messages.sentiment),
      row('sentiment of messages, three', messages.sentimentInThree),
    ],
    colors,
  );
}
