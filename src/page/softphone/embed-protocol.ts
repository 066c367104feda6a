import type { Pass } from "./line.ts";
import type { Phase } from "./softphone.ts";

/** What the softphone in a frame and the page around it say to each other. Types only: the two are built apart. */

export type SoftphoneState = {
  readonly state: Phase;
  /** Whom others ring, after `client:`; once it is known. */
  readonly identity?: string;
  /** Whom the call is with, if there is one. */
  readonly peer?: string;
};

export type FromFrame =
  | { readonly type: "durvani:token-wanted"; readonly id: number }
  | ({ readonly type: "durvani:state" } & SoftphoneState);

export type ToFrame =
  | { readonly type: "durvani:token"; readonly id: number; readonly pass: Pass | string }
  | { readonly type: "durvani:no-token"; readonly id: number; readonly why: string };
