import { INCIDENT_SCENES } from "./incident-scenes.ts";
import { LANGUAGE_SCENES } from "./language-scenes.ts";
import { OTHER_SCENES } from "./other-scenes.ts";
import type { Scene } from "./scene.ts";

/** Every call of the corpus. */
export const SCENES: readonly Scene[] = [...LANGUAGE_SCENES, ...INCIDENT_SCENES, ...OTHER_SCENES];
