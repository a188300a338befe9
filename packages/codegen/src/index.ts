export {
  buildContract,
  type Contract,
  type ContractOptions,
  type ContractProcedure,
  contractText,
  type ErrorCodeDescription,
  type ErrorCodes,
  keyField,
} from './contract.ts'
export { type Bump, type Change, type ChangeKind, suggestBump } from './diff/change.ts'
export { diffContracts } from './diff/contracts.ts'
export { changesText } from './diff/report.ts'
export { buildOpenApi, type OpenApiOptions, openApiText } from './openapi/build.ts'
export { isDownload, plainMethods } from './plain.ts'
export type { ProcedureMeta } from './procedureMeta.ts'
export { buildReference, type ReferenceOptions } from './reference/build.ts'
export { checkReference, writeReference } from './reference/disk.ts'
export {
  DescribeError,
  type DescribeOptions,
  describeRouter,
  type ProcedureDescription,
  type ProcedureType,
  type RouterDescription,
} from './router.ts'
export { checkSdk, writeSdk } from './sdk/disk.ts'
export { generateSdk } from './sdk/generate.ts'
export type { SdkOptions } from './sdk/options.ts'
export { generateParity, type ParityOptions } from './sdk/parity.ts'
export { decodeJson } from './shape/decode.ts'
export { encodeJson } from './shape/encode.ts'
export { decodeFlat, encodeFlat, FlatError } from './shape/flat.ts'
export { isFlat } from './shape/flatFields.ts'
export { type JsonSchema, type JsonSchemaOptions, toJsonSchema } from './shape/jsonSchema.ts'
export type { Direction, Docs, Field, Shape, Shapes } from './shape/shape.ts'
export { createWalker, ShapeError, type Walker } from './shape/walk.ts'
