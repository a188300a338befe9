import type { UploadsApi as GeneratedUploadsApi, Upload, UploadId } from '../generated/index.ts'

export interface UploadOptions {
  /** Name of the file; that of a `File`, or `file`, unless given. */
  readonly name?: string | undefined
  /** Media type; that of a `Blob`, or `application/octet-stream`, unless given. */
  readonly type?: string | undefined
  /** SHA-256 of the bytes as 64 hexadecimal digits: the server compares them with it. */
  readonly sha256?: string | undefined
  /** Goes on with an upload of the same file that was begun before, such as by another run of the program. */
  readonly uploadId?: UploadId | undefined
  /** Told at the beginning and after every part. */
  readonly onProgress?: ((progress: UploadProgress) => void) | undefined
  /** Ends the upload with the code ABORTED, and removes it from the server. */
  readonly signal?: AbortSignal | undefined
}

export interface UploadProgress {
  readonly uploadId: UploadId
  /** How many bytes the server has for good. */
  readonly sentBytes: number
  readonly totalBytes: number
}

export interface GrowingOptions {
  /** Name of the file; `file` unless given. */
  readonly name?: string | undefined
  /** Media type; `application/octet-stream` unless given. */
  readonly type?: string | undefined
  /** Ends the upload with the code ABORTED. */
  readonly signal?: AbortSignal | undefined
}

/** An upload whose size is not known yet, such as while it is recorded. */
export interface GrowingUpload {
  readonly id: UploadId
  /**
   * Sends these bytes after those before, in the background; after failures on the way it asks how far the server is and goes
   * on from there.
   *
   * @throws {AntiphonError} what ended the sending: TOO_LARGE, NOT_FOUND, STORAGE_FULL, NETWORK where it gave up
   */
  append(bytes: Blob | Uint8Array<ArrayBuffer>): void
  /** Resolves when the server has all that was appended; throws what ended the sending. */
  rest(): Promise<void>
  /** Completes it with what was appended. */
  complete(): Promise<Upload>
}

export interface DownloadOptions {
  /** Ends the download. */
  readonly signal?: AbortSignal | undefined
}

export interface UploadsApi extends GeneratedUploadsApi {
  /**
   * Uploads a file in parts, and completes it. After failures on the way it asks how far the server is and goes on from there.
   *
   * @throws {AntiphonError} what `begin` and `complete` throw; STORAGE_FULL; NETWORK where it gives up
   */
  upload(file: Blob | Uint8Array, options?: UploadOptions): Promise<Upload>
  /**
   * Begins an upload that grows until it is completed.
   *
   * @throws {AntiphonError} what `begin` throws
   */
  grow(options?: GrowingOptions): Promise<GrowingUpload>
  /**
   * The bytes of an upload that you may see, with the token of this client, as the response of `fetch`.
   *
   * @throws {AntiphonError} NOT_FOUND
   */
  download(id: UploadId, options?: DownloadOptions): Promise<Response>
}
