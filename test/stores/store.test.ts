import { onBothDatabases } from "./both-databases.ts";
import { storeContract } from "./contract.ts";

onBothDatabases("the books", storeContract);
