import { onBothDatabases } from "./both-databases.ts";
import { listContract } from "./list-contract.ts";

onBothDatabases("calls asked for", listContract);
