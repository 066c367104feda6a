import { onBothDatabases } from "./both-databases.ts";
import { usageContract } from "./usage-contract.ts";

onBothDatabases("usage", usageContract);
