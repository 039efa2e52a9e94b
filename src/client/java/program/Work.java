package trial;

/** What a client does until it is ordered to stop. */
interface Work {
    /** Returns once it is ordered to stop. */
    void run() throws Trouble;

    /** Closes its producers and consumers: a consumer leaves its group. */
    void close();
}
