/** Sound by itself, mono, in no line's format. `rate` in Hz. */
export type Sound = { readonly rate: number; readonly samples: Int16Array };

/** A sample on the scale of 16 bits, rounded. Louder than full scale is full scale: floats can be. What is no number is silence. */
export const sampleOf = (value: number): number => Math.max(-32_768, Math.min(32_767, Math.round(value))) || 0;
