import { tellOfStamp } from "./stamp";

tellOfStamp("mock");
