import { onBothDatabases } from "./both-databases.ts";
import { outboxContract } from "./outbox-contract.ts";

onBothDatabases("the outbox", outboxContract);
