export { createFileObjectStore } from './file-store.js';
export { createS3ObjectStore, type S3Options } from './s3-store.js';
