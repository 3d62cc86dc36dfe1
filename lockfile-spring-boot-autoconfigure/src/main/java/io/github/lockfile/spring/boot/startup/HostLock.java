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
import io.github.lockfile.spring.boot.watch.LiveLock;
import io.github.lockfile.spring.boot.watch.LockFileWatch;
import io.github.lockfile.spring.boot.watch.WatchSettings;

import org.springframework.beans.factory.support.DefaultListableBeanFactory;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * Gives a context its locks, and releases them after the last bean is destroyed.
 */
final class HostLock {

	static final String LOCK = "lockFile";

	static final String WATCH = "lockFileWatch";

	private final ConfigurableApplicationContext context;

	private final LockAcquirer acquirer;

	private final WatchSettings settings;

	private final boolean clustered;

	private final LiveLock live;

	private final AbandonedRun abandonedRun;

	HostLock(ConfigurableApplicationContext context, LockAcquirer acquirer, WatchSettings settings, boolean clustered) {
		this.context = context;
		this.acquirer = acquirer;
		this.settings = settings;
		this.clustered = clustered;
		this.live = new LiveLock(clustered);
		this.abandonedRun = new AbandonedRun(this, this.live);
	}

	/**
	 * Registers the place of the lock, before any bean: the first that is registered is
	 * the last that is destroyed.
	 */
	void register() {
		DefaultListableBeanFactory beanFactory = (DefaultListableBeanFactory) this.context.getBeanFactory();
		// Under a name of its own: a bean "lockFile" of the application destroys what is
		// registered under that name.
		beanFactory.registerDisposableBean(LiveLock.BEAN_NAME, this.live::releaseUnlessJvmEnds);
		beanFactory.registerSingleton(LiveLock.BEAN_NAME, this.live);
	}

	/**
	 * Takes the lock while the application starts.
	 */
	void takeAtStart() {
		take();
		this.context.addBeanFactoryPostProcessor(this.abandonedRun);
	}

	void take() {
		long start = System.nanoTime();
		LockFile lock = this.acquirer.acquire();
		LockFileWatch watch = LockFileWatch.start(lock, this.settings, this.context, this.abandonedRun);
		this.live.set(watch);
		if (this.clustered) {
			takeClusterLock(watch, this.acquirer.remaining(start));
		}
		registerUnlessDefined(LOCK, lock);
		registerUnlessDefined(WATCH, watch);
	}

	private void takeClusterLock(LockFileWatch watch, Duration timeout) {
		boolean taken = false;
		try {
			watch.acquireClusterLock(timeout);
			taken = true;
		}
		finally {
			if (!taken) {
				this.live.release();
			}
		}
	}

	private void registerUnlessDefined(String name, Object singleton) {
		// In an application processed ahead of time the bean definitions already exist,
		// and a singleton would replace the application's own bean.
		DefaultListableBeanFactory beanFactory = (DefaultListableBeanFactory) this.context.getBeanFactory();
		if (!beanFactory.containsBeanDefinition(name)) {
			// The one of an abandoned run, if there is one.
			beanFactory.destroySingleton(name);
			beanFactory.registerSingleton(name, singleton);
		}
	}

}
