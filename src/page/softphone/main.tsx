import "../ui/style.css";
import "./softphone.css";
import { render } from "preact";
import { mount } from "../ui/mount.tsx";
import { EmbeddedSoftphone, TakingOver } from "./framed.tsx";
import { SoftphonePage } from "./softphone-page.tsx";

const asked = new URLSearchParams(location.search);
const app = document.getElementById("app");

// In somebody else's page nobody is logged in: no cookie gets there.
if (asked.has("embedded") && app) render(<EmbeddedSoftphone />, app);
else mount(asked.has("takeover") ? TakingOver : SoftphonePage);
