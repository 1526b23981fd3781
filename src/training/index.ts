/** Making and measuring models: what the commands `train` and `evaluate` call. */
export { trainModel, type TrainOptions, type TrainResult } from './train.js';
export { evaluateModel, type EvaluateOptions, type Evaluation } from './evaluate.js';
export { runBenchmarks, type BenchmarkFigures } from './benchmark.js';
