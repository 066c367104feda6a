import { onBothDatabases } from "./both-databases.ts";
import { erasureContract } from "./erasure-contract.ts";

onBothDatabases("erasure", erasureContract);
