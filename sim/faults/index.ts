export { FaultSchedule } from './fault-schedule.ts';
