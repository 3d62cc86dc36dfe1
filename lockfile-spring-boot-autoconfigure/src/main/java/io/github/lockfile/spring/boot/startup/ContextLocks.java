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

package io.github.lockfile.spring.boot.startup;

import java.time.Duration;

import io.github.lockfile.LockFile;
import io.github.lockfile.spring.boot.cluster.ClusterLock;
import io.github.lockfile.spring.boot.watch.LockFileWatch;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.support.DefaultListableBeanFactory;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * The locks of an application context, from before they are taken until they are
 * released. For the other packages of the starter, not for applications.
 *
 * @since 0.1.0
 */
public final class ContextLocks {

	/**
	 * A name that no application uses: a bean named {@code lockFile} of the application
	 * hides the lock from injection, but not from health, endpoint and metrics.
	 */
	static final String BEAN_NAME = ContextLocks.class.getName();

	private static final String LOCK = "lockFile";

	private static final String WATCH = "lockFileWatch";

	private static final Log logger = LogFactory.getLog(ContextLocks.class);

	/**
	 * How long a thread may take to end.
	 */
	private static final Duration PATIENCE = Duration.ofMillis(200);

	private final ConfigurableApplicationContext context;

	private final WaitingAcquirer acquirer;

	private final Duration verifyInterval;

	/**
	 * How long a shutdown because of a loss may take; {@code null} to go on.
	 */
	private final @Nullable Duration shutdownTimeout;

	private final boolean clustered;

	private volatile @Nullable Held held;

	/**
	 * Prepares for the locks of a context.
	 * @param acquirer what takes the lock file
	 * @param verifyInterval how often to verify it; zero for never
	 * @param shutdownTimeout how long a shutdown because of a loss may take; {@code null}
	 * to go on
	 * @param clustered whether to take the cluster lock, too
	 */
	ContextLocks(ConfigurableApplicationContext context, WaitingAcquirer acquirer, Duration verifyInterval,
			@Nullable Duration shutdownTimeout, boolean clustered) {
		this.context = context;
		this.acquirer = acquirer;
		this.verifyInterval = verifyInterval;
		this.shutdownTimeout = shutdownTimeout;
		this.clustered = clustered;
	}

	/**
	 * Returns the locks of a context or its parents.
	 * @param beanFactory the bean factory of the context
	 * @return the locks; {@code null} if there are none, now and later
	 */
	public static @Nullable ContextLocks find(BeanFactory beanFactory) {
		return beanFactory.containsBean(BEAN_NAME) ? beanFactory.getBean(BEAN_NAME, ContextLocks.class) : null;
	}

	/**
	 * Returns whether there is a cluster lock, too, now or later.
	 * @return whether there is
	 */
	public boolean isClustered() {
		return this.clustered;
	}

	/**
	 * Returns the lock file.
	 * @return the lock; {@code null} while none is held
	 */
	public @Nullable LockFile lockFile() {
		Held held = this.held;
		return (held != null) ? held.file : null;
	}

	/**
	 * Returns the watch on the locks.
	 * @return the watch; {@code null} while none is held
	 */
	public @Nullable LockFileWatch watch() {
		return verifier();
	}

	private @Nullable LockVerifier verifier() {
		Held held = this.held;
		return (held != null) ? held.verifier : null;
	}

	/**
	 * Registers the place of the locks, before any bean: what is registered first is
	 * destroyed last.
	 */
	void register() {
		DefaultListableBeanFactory beanFactory = (DefaultListableBeanFactory) this.context.getBeanFactory();
		// Under a name of its own: a bean "lockFile" of the application destroys what is
		// registered under that name.
		beanFactory.registerDisposableBean(BEAN_NAME, new ReleaseAtTheEnd(this::release));
		beanFactory.registerSingleton(BEAN_NAME, this);
	}

	/**
	 * Takes the lock file, then the cluster lock, and has both watched from then on. If
	 * one cannot be had, none is kept.
	 */
	void acquire() {
		long start = System.nanoTime();
		LockFile file = this.acquirer.acquire();
		boolean complete = false;
		try {
			WatchLog log = new WatchLog();
			ApplicationEvents events = new ApplicationEvents(this.context, log);
			boolean ownsProcess = !WarDeployment.isIn(this.context);
			ShutdownOnLoss shutdown = (this.shutdownTimeout == null) ? null
					: ShutdownOnLoss.prepare(this.context, events, log, ownsProcess, this.shutdownTimeout);
			LockLoss loss = new LockLoss(events, log, shutdown);
			LockVerifier verifier = new LockVerifier(file, this.verifyInterval, this.context, events, log, loss,
					System::nanoTime);
			this.held = new Held(file, verifier, events, log, shutdown);
			log.start();
			events.start();
			verifier.start();
			log.execute(() -> {
				LoadedClasses.load(this.clustered);
				log.debug(() -> "Loaded what a loss needs");
			});
			if (this.clustered) {
				LockLoss lossOfCluster = new LockLoss(events, log, shutdown);
				ClusterLock cluster = ClusterLockReporter.acquire(this.context, file.content(),
						this.acquirer.remaining(start), events, log, lossOfCluster);
				verifier.cluster = cluster;
				ClusterLockReporter.prepareLoss(this.context, cluster.state(), lossOfCluster);
			}
			registerUnlessDefined(LOCK, file);
			registerUnlessDefined(WATCH, verifier);
			complete = true;
		}
		finally {
			if (!complete) {
				release();
				file.close();
			}
		}
	}

	private void registerUnlessDefined(String name, Object singleton) {
		// In an application processed ahead of time the bean definitions already exist,
		// and a singleton would replace the application's own bean.
		DefaultListableBeanFactory beanFactory = (DefaultListableBeanFactory) this.context.getBeanFactory();
		if (!beanFactory.containsBeanDefinition(name)) {
			beanFactory.registerSingleton(name, singleton);
		}
	}

	/**
	 * Verifies the lock file at once, if it is held.
	 */
	void verifyNow() {
		LockVerifier verifier = verifier();
		if (verifier != null) {
			verifier.verifyNow();
		}
	}

	/**
	 * Releases what is held.
	 */
	void release() {
		Held held = this.held;
		if (held != null) {
			this.held = null;
			held.release();
		}
	}

	/**
	 * Locks that are held, and what watches them.
	 */
	private record Held(LockFile file, LockVerifier verifier, ApplicationEvents events, WatchLog log,
			@Nullable ShutdownOnLoss shutdown) {

		private void release() {
			this.verifier.released();
			try {
				ClusterLock cluster = this.verifier.cluster;
				if (cluster != null) {
					cluster.close();
					logger.info("Released " + cluster);
				}
			}
			finally {
				this.events.close();
				this.log.close();
				if (this.shutdown != null) {
					this.shutdown.cancel();
				}
				this.file.close();
				logger.info("Released lock file '%s'".formatted(this.file.path()));
				awaitThreads();
			}
		}

		/**
		 * Waits for the threads to end, but not for one that hangs: a container complains
		 * of threads that outlive the application.
		 */
		private void awaitThreads() {
			try {
				this.verifier.awaitEnd(PATIENCE);
				this.events.awaitEnd(PATIENCE);
				this.log.awaitEnd(PATIENCE);
				if (this.shutdown != null) {
					this.shutdown.awaitEnd(PATIENCE);
				}
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
			}
		}

	}

}
