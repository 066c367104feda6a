import "./call.css";
import { mount } from "../ui/mount.tsx";
import { CallPage } from "./call-page.tsx";

mount(CallPage);
