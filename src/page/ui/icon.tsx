const PATHS = {
  phone: "M5 4h4l2 5-2.5 1.5a11 11 0 0 0 5 5L15 13l5 2v4a1 1 0 0 1-1 1A15 15 0 0 1 4 5a1 1 0 0 1 1-1Z",
  hangUp: "M3 14c6-6 12-6 18 0l-2.5 2.5L15 14.500v-2.500a10 10 0 0 0-6 0v2.500L5.500 16.500Z",
  microphone: "M12 3a3 3 0 0 1 3 3v5a3 3 0 0 1-6 0V6a3 3 0 0 1 3-3ZM6 11a6 6 0 0 0 12 0M12 17v4",
  muted: "M9 6a3 3 0 0 1 6 0v5m-6-1v1a3 3 0 0 0 4.500 2.600M6 11a6 6 0 0 0 9 5.200M18 11v1M12 17v4M4 4l16 16",
  globe: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18ZM3 12h18M12 3c3 3 3 15 0 18M12 3c-3 3-3 15 0 18",
  headset: "M4 14v-2a8 8 0 0 1 16 0v2M4 14v3a2 2 0 0 0 4 0v-3a2 2 0 0 0-4 0ZM16 14v3a2 2 0 0 0 4 0v-3a2 2 0 0 0-4 0Z",
  play: "M8 5v14l11-7Z",
  pause: "M8 5v14M16 5v14",
  listen: "M4 10v4h4l5 4V6L8 10H4ZM16.500 9a4 4 0 0 1 0 6M19 6.500a8 8 0 0 1 0 11",
  search: "M10.500 4a6.500 6.500 0 1 0 0 13 6.500 6.500 0 0 0 0-13ZM15.500 15.500 20 20",
  download: "M12 4v11m0 0 4-4m-4 4-4-4M5 20h14",
  back: "M15 5l-7 7 7 7",
  send: "M4 12 20 4l-6 16-3-6.500Z",
} as const;

export type IconName = keyof typeof PATHS;

/** Decoration: what it means stands beside it, or in its button's label. */
export const Icon = ({ name }: { readonly name: IconName }) => (
  <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
    <path d={PATHS[name]} />
  </svg>
);
