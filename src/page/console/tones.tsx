import { useRef } from "preact/hooks";
import { Keypad } from "../ui/keypad.tsx";
import { Told, useOrder } from "./order.tsx";

/** Keys pressed into the call, as tones: menus of whoever is called want them. In the order they are pressed, however quickly. */
export function Tones({ callId }: { readonly callId: string }) {
  const order = useOrder(callId);
  const pressed = useRef<Promise<unknown>>(Promise.resolve());
  const press = (key: string): void => {
    pressed.current = pressed.current.then(() => order.give("digits", { digits: key }, `${key} was pressed.`));
  };
  return (
    <div>
      <Keypad press={press} />
      <Told by={order} />
    </div>
  );
}
