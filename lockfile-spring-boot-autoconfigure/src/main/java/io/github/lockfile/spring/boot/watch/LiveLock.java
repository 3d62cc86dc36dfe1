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

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.BeanFactory;

/**
 * The lock of an application context, as the starter's own beans find it. It is
 * registered under a name that no application uses, so that a bean named {@code lockFile}
 * of the application hides the lock from injection, but not from health, endpoint and
 * metrics.
 *
 * @since 0.1.0
 */
public final class LiveLock {

	/**
	 * Name of the singleton.
	 */
	public static final String BEAN_NAME = LiveLock.class.getName();

	private static final Log logger = LogFactory.getLog(LiveLock.class);

	private final boolean clustered;

	private volatile @Nullable LockFileWatch watch;

	/**
	 * Creates the place of a lock that is not held yet.
	 * @param clustered whether there is a cluster lock, too
	 */
	public LiveLock(boolean clustered) {
		this.clustered = clustered;
	}

	/**
	 * Returns the watch on the lock of a context or its parents.
	 * @param beanFactory the bean factory of the context
	 * @return the watch; {@code null} if no lock is held
	 */
	public static @Nullable LockFileWatch find(BeanFactory beanFactory) {
		return beanFactory.containsBean(BEAN_NAME) ? beanFactory.getBean(BEAN_NAME, LiveLock.class).watch : null;
	}

	/**
	 * Returns whether there is a cluster lock, too, now or later.
	 * @return whether there is
	 */
	public boolean isClustered() {
		return this.clustered;
	}

	/**
	 * Sets the lock that is held from now on.
	 * @param watch the watch on it
	 */
	public void set(LockFileWatch watch) {
		this.watch = watch;
	}

	/**
	 * Returns the watch on the lock.
	 * @return the watch; {@code null} if no lock is held
	 */
	public @Nullable LockFileWatch get() {
		return this.watch;
	}

	/**
	 * Releases the lock, if there is one.
	 */
	public void release() {
		LockFileWatch watch = this.watch;
		if (watch != null) {
			this.watch = null;
			watch.release();
			logger.info("Released lock file '%s'".formatted(watch.lockFile().path()));
		}
	}

	/**
	 * Releases the lock, unless the JVM is about to end: hooks still run then, beside
	 * which no other instance may start. The operating system releases it with the
	 * process.
	 */
	public void releaseUnlessJvmEnds() {
		if (!isJvmEnding()) {
			release();
		}
	}

	private static boolean isJvmEnding() {
		Thread probe = new Thread(() -> {
		});
		try {
			Runtime.getRuntime().addShutdownHook(probe);
			Runtime.getRuntime().removeShutdownHook(probe);
			return false;
		}
		catch (IllegalStateException ex) {
			return true;
		}
	}

}
