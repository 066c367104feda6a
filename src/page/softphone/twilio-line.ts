import type { Call, Device } from "@twilio/voice-sdk";
import type { CallListener, Line, LineCall, LineListener, Output, Pass, Trouble } from "./line.ts";
import { SOUNDS } from "./sounds.ts";

/** Two that the SDK keeps to itself: where it finds its signalling, and whether it tells Twilio how calls went. */
type DeviceOptions = Device.Options & { readonly chunderw?: string; readonly publishEvents: boolean };

/** How long a call outlives its signalling. Its sound goes another way. */
const SIGNALLING_MS = 30_000;
/** Also where there is only one sound for all: the system's usual one. */
const USUAL_OUTPUT = "default";

let sdk: Promise<typeof import("@twilio/voice-sdk")> | undefined;

/** Loaded when somebody goes online: it is larger than everything else together. */
async function loadSdk(signalling: string | undefined): Promise<typeof import("@twilio/voice-sdk")> {
  if (signalling !== undefined) (await import("./plain-signalling.ts")).openPlainly(signalling);
  return import("@twilio/voice-sdk");
}

/** A line of Twilio's Voice SDK. Rejects where the SDK cannot be loaded, or does not work in this browser. */
export async function openTwilioLine(pass: Pass, listener: LineListener): Promise<Line> {
  const { signalling, edge } = pass;
  sdk ??= loadSdk(signalling);
  const { Device } = await sdk.catch((error: unknown) => {
    sdk = undefined;
    throw error;
  });
  const options: DeviceOptions = {
    // What goes wrong is told by the page.
    logLevel: "silent",
    publishEvents: false,
    sounds: SOUNDS,
    closeProtection: true,
    enableImprovedSignalingErrorPrecision: true,
    maxCallSignalingTimeoutMs: SIGNALLING_MS,
    ...(edge !== undefined && { edge }),
    ...(signalling !== undefined && { chunderw: new URL(signalling).host }),
  };
  const device = new Device(pass.token, options);
  device.audio?.outgoing(false);
  device.on("registered", () => listener.onOnline(device.identity ?? ""));
  device.on("unregistered", () => listener.onLost());
  // What is said of a call is heard there.
  device.on("error", (error: Trouble, call?: Call) => call ?? listener.onTrouble(error));
  device.on("tokenWillExpire", () => listener.onTokenEnds());
  device.on("incoming", (call: Call) => listener.onRing(lineCall(call)));
  // Neither resolves nor rejects while nobody answers; every failure is told by an event, too.
  device.register().catch(() => {});
  return {
    call: async (to, microphone) =>
      lineCall(await device.connect({ params: { To: to }, rtcConstraints: soundOf(microphone) })),
    renew: (token) => device.updateToken(token),
    chooseOutput: (use, id) => chooseOutput(device, use, id),
    close() {
      device.removeAllListeners();
      // Throws at errors that nobody listens to.
      device.on("error", () => {});
      device.destroy();
    },
  };
}

async function chooseOutput({ audio }: Device, use: Output, id: string): Promise<void> {
  if (audio?.isOutputSelectionSupported !== true) return;
  const devices = use === "speaker" ? audio.speakerDevices : audio.ringtoneDevices;
  await devices.set(id === "" ? USUAL_OUTPUT : id);
}

const soundOf = (microphone: string): MediaStreamConstraints => ({
  audio: {
    echoCancellation: true,
    noiseSuppression: true,
    autoGainControl: true,
    ...(microphone !== "" && { deviceId: { exact: microphone } }),
  },
});

function lineCall(call: Call): LineCall {
  return {
    from: call.parameters["From"] ?? "",
    listen: (listener) => hear(call, listener),
    accept: (microphone) => call.accept({ rtcConstraints: soundOf(microphone) }),
    reject: () => call.reject(),
    hangUp: () => call.disconnect(),
    mute: (muted) => call.mute(muted),
    press: (key) => call.sendDigits(key),
  };
}

function hear(call: Call, listener: CallListener): void {
  call.on("ringing", () => listener.onRinging());
  call.on("accept", () => listener.onUp());
  for (const end of ["disconnect", "cancel", "reject"]) call.on(end, () => listener.onOver());
  call.on("error", (error: Trouble) => {
    listener.onTrouble(error);
    // A call that never was one ends without another word.
    if (call.status() === "closed") listener.onOver();
  });
  call.on("volume", listener.onVolume);
  call.on("reconnecting", () => listener.onBroken(true));
  call.on("reconnected", () => listener.onBroken(false));
  call.on("warning", (name: string) => listener.onWarning(name));
}
