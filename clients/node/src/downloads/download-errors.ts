/** Why a medium can't be downloaded for good. What may pass is told by ConnectionError & co. */

import { KIND } from "../connection/error-kinds.js";
import { FeedlensError, InvalidInputError } from "../connection/errors.js";

/** The orchestrator's reports of failed fetches name the same reasons. */
export type DownloadReason =
  | "bad-address" // no http or https address, or one with credentials
  | "host-not-allowed"
  | "private-address"
  | "redirect-refused" // to where nothing is fetched, or too often
  | "http-status" // the host answered with a status that says no
  | "too-large"
  | "packed"; // with a content encoding that was not asked for

/** The same address would fail again; `reason` says why. Its base says that the input is at fault. */
export abstract class DownloadError extends InvalidInputError {
  static override readonly [KIND]: string = "DownloadError";

  /** `urn:feedlens:client:download-` and the reason. */
  override readonly type: string;
  /** The reason, and the status with which the host said no. */
  override readonly members: Readonly<{ reason: DownloadReason; host_status?: number }>;

  constructor(
    message: string,
    facts: { reason: DownloadReason; hostStatus?: number | undefined; cause?: unknown },
  ) {
    super(message, facts.cause);
    this.type = `urn:feedlens:client:download-${facts.reason}`;
    const { reason, hostStatus } = facts;
    this.members = hostStatus === undefined ? { reason } : { reason, host_status: hostStatus };
  }

  /** Why, for a program. */
  get reason(): DownloadReason {
    return this.members.reason;
  }
}

/** The policy does not have it: nothing was read from there. */
export class DownloadRefusedError extends DownloadError {
  static override readonly [KIND]: string = "DownloadRefusedError";
}

/** The host's answer is no medium that is taken: it has none, or one too large. */
export class DownloadFailedError extends DownloadError {
  static override readonly [KIND]: string = "DownloadFailedError";
}

/** The medium can't be written to the temporary folder: that is not there, or full. */
export class DownloadFolderError extends FeedlensError {
  static override readonly [KIND]: string = "DownloadFolderError";

  constructor(message: string, cause: unknown) {
    super(message, { type: "urn:feedlens:client:download-folder", cause });
  }
}
