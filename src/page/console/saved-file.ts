/** Gives somebody a file, as if they had clicked on a link to it. */
export function saveFile(content: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  // What is saved has been read by then or holds on to it.
  URL.revokeObjectURL(link.href);
}
