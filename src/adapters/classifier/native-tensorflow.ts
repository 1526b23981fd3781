import { createRequire } from 'node:module';
import util from 'node:util';

/** The part of TensorFlow.js that the engine uses; the package is optional, so its own types are not. */
export interface TensorFlow {
  ready(): Promise<void>;
  getBackend(): string;
  backend(): { binding: TensorFlowBinding };
}

/**
 * TensorFlow's operations as the package binds them. Tensors are handles, which the caller deletes.
 * TensorFlow.js has no product of a sparse and a dense matrix, TensorFlow has; and its layer above takes longer than
 * the operation itself (its `gather` checks every index in JavaScript).
 */
export interface TensorFlowBinding {
  readonly TF_FLOAT: number;
  readonly TF_INT32: number;
  readonly TF_INT64: number;
  readonly TF_ATTR_TYPE: number;
  readonly TF_ATTR_BOOL: number;
  isUsingGpuDevice(): boolean;
  /** Copies the values to where operations want them. 64-bit integers are pairs of 32 bits, the low ones first. */
  createTensor(shape: number[], type: number, values: Float32Array | Int32Array): number;
  executeOp(
    name: string,
    attributes: { name: string; type: number; value: number | boolean }[],
    inputs: number[],
    outputs: 1,
  ): [{ id: number }];
  tensorDataSync(id: number): Float32Array;
  deleteTensor(id: number): void;
}

const NO_DEVICE = '-1';
export const TFJS_PACKAGE = '@tensorflow/tfjs-node-gpu';

/**
 * Loads TensorFlow.js with its native library. The package may be missing, or there without its library (installed
 * with --ignore-scripts, or its download failed): only loading it shows that.
 * @returns the reason in words where it cannot be used
 */
export function loadNativeTensorFlow(options: {
  gpu: boolean;
  /** As `CUDA_VISIBLE_DEVICES`; undefined: as the environment of the process says. */
  visibleDevices?: string | undefined;
  from?: string;
}): TensorFlow | { reason: string } {
  // TensorFlow reads them when it is loaded. Without the first two it takes all memory of every device, and is chatty.
  process.env['TF_FORCE_GPU_ALLOW_GROWTH'] ??= 'true';
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '2';
  const visibleDevices = options.gpu ? options.visibleDevices : NO_DEVICE;
  if (visibleDevices !== undefined) process.env['CUDA_VISIBLE_DEVICES'] = visibleDevices;
  restoreRemovedUtil();
  try {
    const require = createRequire(options.from ?? import.meta.url);
    return require(TFJS_PACKAGE) as TensorFlow;
  } catch (error) {
    return { reason: whyNot(error) };
  }
}

/** tfjs-node 4.22 calls functions that Node 23 removed (tensorflow/tfjs#8609). */
function restoreRemovedUtil(): void {
  const target = util as unknown as Record<string, unknown>;
  target['isNullOrUndefined'] ??= (value: unknown) => value === null || value === undefined;
  target['isArray'] ??= Array.isArray;
}

function whyNot(error: unknown): string {
  const { code, message = '' } = error as { code?: string; message?: string };
  if (code === 'MODULE_NOT_FOUND' && message.includes(TFJS_PACKAGE))
    return `${TFJS_PACKAGE} is not installed`;
  if (message.includes('tfjs_binding.node')) return `${TFJS_PACKAGE} is installed without its native library`;
  return `${TFJS_PACKAGE} cannot be loaded (${message.split('\n')[0] ?? 'unknown error'})`;
}
