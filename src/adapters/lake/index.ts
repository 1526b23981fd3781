export { createLake, type LakeOptions } from './lake.js';
export { encodeParts, encodeTable } from './parts.js';
export {
  openLakeReader,
  type DayPage,
  type DayRange,
  type LakeReader,
  type RejectFilter,
  type RejectListing,
} from './reader.js';
