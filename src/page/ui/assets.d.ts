/** What Vite makes of an import that is no code. */
declare module "*.css";

declare module "*?worker&url" {
  /** Where it is served from: a file of our own origin. */
  export const url: string;
  // biome-ignore lint/style/noDefaultExport: the shape of Vite's own modules
  export default url;
}
