/** Making and measuring models: what the commands `train` and `evaluate` call. */
export { trainModel, type TrainResult } from './train.js';
export { trainLabelled, type TrainLabelledResult } from './train-labelled.js';
export { readLabelledFile } from './labelled-file.js';
export { evaluateModel, type Evaluation } from './evaluate.js';
export {
  evaluateLabelled,
  LABELLED_TASKS,
  type LabelledEvaluation,
  type LabelledTask,
} from './evaluate-labelled.js';
export { evaluateConversations, readConversations, type ConversationFigures } from './conversations.js';
export { rounded, type ClassFigures } from './scores.js';
