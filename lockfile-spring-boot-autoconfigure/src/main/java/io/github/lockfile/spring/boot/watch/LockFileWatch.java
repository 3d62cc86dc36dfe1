/*
 * Copyright 2026 the original author or authors.
 *
 * Licensed under the Apache License, Version 2.0 (the "License");
 * you may not use this file except in compliance with the License.
 * You may obtain a copy of the License at
 *
 *      https://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS,
 * WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
 * See the License for the specific language governing permissions and
 * limitations under the License.
 */

package io.github.lockfile.spring.boot.watch;

/**
 * Tells what is known of the locks of the application: the bean {@code lockFileWatch}.
 * Asking it touches no file and asks no database, so it never blocks. It cannot change
 * anything.
 * <p>
 * What it says of the lock file is what the last verification found. Until the next one,
 * a lock that is not native may be gone, and the file of any lock may have been deleted
 * or replaced.
 *
 * @since 0.1.0
 */
public interface LockFileWatch {

	/**
	 * Returns whether this instance may believe that it is the only one. For hot paths:
	 * it reads one immutable result and a clock, allocates nothing and takes no monitor,
	 * so it can be asked before each piece of work.
	 * <p>
	 * It is <b>true</b> if both of these are:
	 * <ul>
	 * <li>The last verification of the lock file found {@code HELD}, {@code RESTORED} or
	 * {@code UNVERIFIED} (a doubt: nothing says that the lock is lost), and it is not
	 * overdue.</li>
	 * <li>There is no cluster lock, or its clock says at this moment that it is
	 * {@code HELD} or {@code RESTORED}.</li>
	 * </ul>
	 * It is <b>false</b> if one of these is:
	 * <ul>
	 * <li>The lock file is {@code LOST}, or it was {@code RELEASED}: by the application
	 * itself, or because the context has been closed.</li>
	 * <li>No verification has ended for three intervals, and for 30 seconds. With
	 * {@code lockfile.verify-interval=0s} none is expected.</li>
	 * <li>The cluster lock is {@code FENCED}, {@code LOST} or {@code RELEASED}.</li>
	 * </ul>
	 * @return whether the locks are held, as far as is known
	 */
	boolean isHeld();

	/**
	 * Returns all that is known at one moment: what it says of {@link #isHeld()} fits the
	 * rest.
	 * @return the state
	 */
	LockState state();

}
