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

import java.util.Arrays;

import io.github.lockfile.spring.boot.watch.LiveLock;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

import org.springframework.beans.factory.config.BeanFactoryPostProcessor;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.SpringApplication;

/**
 * Releases the lock of a run that a {@code SpringApplicationHook} abandons before the
 * refresh, and takes it again if the context is refreshed all the same. There is no event
 * for such a run, and closing a context that was never refreshed destroys nothing.
 */
final class AbandonedRun implements Runnable, BeanFactoryPostProcessor {

	private static final Log logger = LogFactory.getLog(AbandonedRun.class);

	private final Thread runner = Thread.currentThread();

	private final HostLock lock;

	private final LiveLock live;

	private boolean refreshing;

	AbandonedRun(HostLock lock, LiveLock live) {
		this.lock = lock;
		this.live = live;
	}

	/**
	 * Checks whether the run goes on. Called from time to time until the refresh.
	 */
	@Override
	public synchronized void run() {
		if (!this.refreshing && this.live.get() != null && !isRunning()) {
			logger.info("The application was abandoned before its context was refreshed");
			this.live.release();
		}
	}

	private boolean isRunning() {
		return Arrays.stream(this.runner.getStackTrace())
			.anyMatch((frame) -> frame.getClassName().equals(SpringApplication.class.getName())
					&& frame.getMethodName().equals("run"));
	}

	@Override
	public synchronized void postProcessBeanFactory(ConfigurableListableBeanFactory beanFactory) {
		this.refreshing = true;
		if (this.live.get() == null) {
			this.lock.take();
		}
	}

}
