/**
 * How long the caller is left in silence. Two sockets may keep quiet one after the other, and what is left of the patience is
 * enough for the HTTP stream: 2.5 s + 2.5 s + 3 s. Usual are 0.2 s from a text to its first audio.
 */

/** Without any sound of a text that is owed, this long, the reply has failed: whoever was to speak it. */
export const PATIENCE_MS = 8000;
/** After this long without any sound no other socket is tried. */
export const SOCKETS_MS = 5000;
/** How long a socket may take to the first audio of a text. */
export const FIRST_AUDIO_MS = 2500;
/** How long it may pause within a text; for the HTTP stream also how long to its first byte, connecting included. */
export const QUIET_MS = 3000;
