export { createLake, type LakeOptions } from './lake.js';
export { encodeParts } from './parts.js';
export { openLakeReader, type DayRange, type LakeReader } from './reader.js';
